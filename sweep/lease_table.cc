#include "sweep/lease_table.h"

#include <algorithm>
#include <utility>

namespace unmask {
namespace {

constexpr double kUnknownMicrobatchS = 0.1;  // only ratios matter where nothing was measured yet

}  // namespace

int LeaseTable::open(int trial, const std::vector<int>& members, bool score_test, double now_s) {
  ActiveLease lease;
  lease.trial = trial;
  lease.members = members;
  lease.still_in = {members.begin(), members.end()};
  lease.score_test = score_test;
  lease.granted_s = now_s;
  leases_[++last_lease_] = lease;
  lease_of_trial_[trial] = last_lease_;
  return last_lease_;
}

void LeaseTable::hear(const LeaseNews& news, int microbatches, double now_s) {
  ActiveLease& lease = leases_.at(news.lease);
  if (lease.news.step.step == 0 && news.step.step > 0)
    lease_cost_s_ = 0.5 * lease_cost_s_ + 0.5 * std::max(0.0, now_s - lease.granted_s);
  lease.news = news;
  const auto ranks = static_cast<int>(lease.members.size());
  if (news.score_s > 0) scoring_s_[lease.trial] = news.score_s * ranks;
  if (news.step_s <= 0) return;
  const int on_one_rank = (microbatches + ranks - 1) / ranks;
  double& known_s = microbatch_s_[lease.trial];
  sum_microbatch_s_ += news.step_s / on_one_rank - known_s;
  known_s = news.step_s / on_one_rank;
}

bool LeaseTable::ask_to_end(int id) {
  ActiveLease& lease = leases_.at(id);
  if (lease.ended) return false;
  return !std::exchange(lease.ending, true);
}

const ActiveLease& LeaseTable::mark_ended(int id) {
  ActiveLease& lease = leases_.at(id);
  lease.ended = true;
  return lease;
}

bool LeaseTable::mark_broken(int id) {
  ActiveLease& lease = leases_.at(id);
  lease.broken = true;
  return !std::exchange(lease.ended, true);
}

bool LeaseTable::any_whole() const {
  return std::ranges::any_of(leases_, [](const auto& lease) { return !lease.second.broken; });
}

std::optional<ActiveLease> LeaseTable::leave(int rank, int id) {
  const auto found = leases_.find(id);
  if (found == leases_.end()) return std::nullopt;
  found->second.still_in.erase(rank);
  if (!found->second.still_in.empty()) return std::nullopt;
  const ActiveLease lease = std::move(found->second);
  leases_.erase(found);
  lease_of_trial_.erase(lease.trial);
  return lease;
}

const ActiveLease* LeaseTable::find(int id) const {
  const auto found = leases_.find(id);
  return found == leases_.end() ? nullptr : &found->second;
}

const ActiveLease* LeaseTable::of_trial(int trial) const {
  const auto id = lease_of_trial_.find(trial);
  return id == lease_of_trial_.end() ? nullptr : &leases_.at(id->second);
}

std::optional<int> LeaseTable::of_rank(int rank) const {
  const auto found =
      std::ranges::find_if(leases_, [&](const auto& lease) { return lease.second.still_in.contains(rank); });
  return found == leases_.end() ? std::nullopt : std::optional(found->first);
}

std::vector<WatchedLease> LeaseTable::watched() const {
  std::vector<WatchedLease> list;
  for (const auto& [id, lease] : leases_)
    if (!lease.broken) list.push_back({id, lease.trial, lease.news.step.step, lease.news.step_s, lease.members});
  return list;
}

double LeaseTable::scoring_left_s(const SweepTrial& trial, int ranks) const {
  if (scoring_s_.empty()) return 0;
  const auto measured = scoring_s_.find(trial.record.id);
  double sum_s = 0;
  for (const auto& [id, seconds] : scoring_s_) sum_s += seconds;
  const double epoch_s =
      measured != scoring_s_.end() ? measured->second : sum_s / static_cast<double>(scoring_s_.size());
  const auto steps = std::max<std::int64_t>(1, trial.brief.steps_per_epoch);
  const std::int64_t epochs_left = (load(trial).steps_left + steps - 1) / steps;
  return static_cast<double>(epochs_left) * epoch_s / ranks;
}

TrialLoad LeaseTable::load(const SweepTrial& trial) const {
  TrialLoad load;
  load.trial = trial.record.id;
  load.microbatches = trial.brief.microbatches;
  std::int64_t step = trial.record.step;
  if (const ActiveLease* lease = of_trial(load.trial)) step = std::max(step, lease->news.step.step);
  load.steps_left = std::max<std::int64_t>(0, trial.brief.steps() - step);
  const auto measured = microbatch_s_.find(load.trial);
  if (measured != microbatch_s_.end()) {
    load.microbatch_s = measured->second;
  } else if (any_measured()) {
    load.microbatch_s = sum_microbatch_s_ / static_cast<double>(microbatch_s_.size());
  } else {
    load.microbatch_s = kUnknownMicrobatchS;
  }
  return load;
}

}  // namespace unmask
