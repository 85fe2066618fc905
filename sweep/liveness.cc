#include "sweep/liveness.h"

#include <algorithm>
#include <cmath>

#include "sweep/run/run_folder.h"

namespace unmask {
namespace {

constexpr double kStepsWithoutNews = 10;
constexpr double kOwnPauseS = 2;

std::string seconds_text(double seconds) { return std::to_string(std::lround(seconds)) + " s"; }

std::string rank_text(int rank, const RankPulse& pulse) {
  return "rank " + std::to_string(rank) + (pulse.last.host.empty() ? "" : " on " + pulse.last.host);
}

std::string operation_text(const Heartbeat& beat) {
  return beat.operation + ", operation " + std::to_string(beat.sequence);
}

void append(std::string& list, const std::string& text) { list += (list.empty() ? "" : "; ") + text; }

double deadline_s(const WatchedLease& lease, const std::map<int, RankPulse>& pulses, double timeout_s) {
  const double deadline = std::max(timeout_s, kStepsWithoutNews * lease.step_s);
  const bool slow = std::ranges::any_of(lease.members, [&](int rank) {
    const std::string& doing = pulses.at(rank).last.doing;
    return doing != "training" && !doing.starts_with("scoring") && doing != kMakingGroup;
  });
  return slow ? kSlowWork * deadline : deadline;
}

/// Who waits for whom in a group that does not go on.
std::string group_text(const WatchedLease& lease, const std::map<int, RankPulse>& pulses, double now_s,
                       double timeout_s) {
  const Heartbeat* furthest = nullptr;  // among those that were heard lately
  const auto silent = [&](const RankPulse& pulse) { return now_s - pulse.heard_s >= 0.5 * timeout_s; };
  for (const int rank : lease.members) {
    const RankPulse& pulse = pulses.at(rank);
    if (silent(pulse) || pulse.last.operation.empty()) continue;
    if (furthest == nullptr || pulse.last.sequence > furthest->sequence) furthest = &pulse.last;
  }
  std::string waiting, missing;
  for (const int rank : lease.members) {
    const RankPulse& pulse = pulses.at(rank);
    if (silent(pulse)) {
      append(missing, rank_text(rank, pulse) + " (silent for " + seconds_text(now_s - pulse.heard_s) + ")");
    } else if (furthest != nullptr && pulse.last.operation == furthest->operation &&
               pulse.last.sequence == furthest->sequence) {
      append(waiting, rank_text(rank, pulse));
    } else {
      append(missing, rank_text(rank, pulse) + " (alive, " +
                          (pulse.last.operation.empty() ? pulse.last.doing : "in " + operation_text(pulse.last)) +
                          ", without progress for " + seconds_text(now_s - pulse.moved_s) + ")");
    }
  }
  std::string text = "trial " + trial_number(lease.trial) + ", lease " + std::to_string(lease.lease) + ", step " +
                     std::to_string(lease.step) + ": ";
  if (furthest != nullptr) text += operation_text(*furthest) + " waits on " + waiting + "; ";
  return text + "missing: " + (missing.empty() ? "none, the network between them is silent" : missing);
}

}  // namespace

Liveness::Liveness(int ranks, double timeout_s) : timeout_s_(timeout_s) {
  for (int rank = 0; rank < ranks; ++rank) pulses_[rank];
}

void Liveness::hear(int rank, const Heartbeat& beat, double now_s) {
  const auto found = pulses_.find(rank);
  if (found == pulses_.end()) return;
  RankPulse& pulse = found->second;
  pulse.heard_s = now_s;
  if (beat.count != pulse.last.count || beat.lease != pulse.last.lease) pulse.moved_s = now_s;
  pulse.last = beat;
}

bool Liveness::is_time(double now_s) {
  for (auto& [rank, pulse] : pulses_) {
    pulse.heard_s = forgiving_s(pulse.heard_s, asked_s_, now_s);
    pulse.moved_s = forgiving_s(pulse.moved_s, asked_s_, now_s);
  }
  asked_s_ = now_s;
  if (now_s < next_s_) return false;
  next_s_ = now_s + heartbeat_every_s(timeout_s_);
  return true;
}

std::optional<std::string> Liveness::alarm(std::vector<WatchedLease> leases, double now_s) const {
  for (WatchedLease& lease : leases) std::erase_if(lease.members, [&](int rank) { return !pulses_.contains(rank); });
  return stall(pulses_, leases, now_s, timeout_s_);
}

double heartbeat_every_s(double timeout_s) { return std::clamp(timeout_s / 5, 0.1, 1.0); }

double forgiving_s(double heard_s, double looked_s, double now_s) {
  const double late_s = now_s - looked_s;
  return late_s > kOwnPauseS ? std::min(heard_s + late_s, now_s) : heard_s;  // it may have been heard since
}

std::optional<std::string> stall(const std::map<int, RankPulse>& pulses, const std::vector<WatchedLease>& leases,
                                 double now_s, double timeout_s) {
  std::string text;
  const auto silent = [&](int rank) { return now_s - pulses.at(rank).heard_s >= timeout_s; };
  std::vector<int> named;
  for (const WatchedLease& lease : leases) {
    const bool has_silent = std::ranges::any_of(lease.members, silent);
    const double deadline = deadline_s(lease, pulses, timeout_s);
    const bool stands =
        std::ranges::all_of(lease.members, [&](int rank) { return now_s - pulses.at(rank).moved_s >= deadline; });
    if (!has_silent && !stands) continue;
    append(text, group_text(lease, pulses, now_s, timeout_s));
    named.insert(named.end(), lease.members.begin(), lease.members.end());
  }
  for (const auto& [rank, pulse] : pulses) {
    if (!silent(rank) || std::ranges::find(named, rank) != named.end()) continue;
    append(text, rank_text(rank, pulse) + " is silent for " + seconds_text(now_s - pulse.heard_s));
  }
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace unmask
