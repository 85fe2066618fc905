#include "sweep/rank_reports.h"

#include <utility>
#include <variant>

namespace unmask {

RankReports::RankReports(const CoordinatorOptions& options, int world, TrialTable& trials, const RunFolder& folder,
                         RunLock& lock)
    : options_(options),
      trials_(trials),
      ranks_(world, options.numerics, options.any_numerics),
      leases_(options.lease_cost_s),
      recorder_(trials, folder, lock),
      liveness_(world, options.timeout_s) {}

void RankReports::hear(int rank, const Report& report) {
  if (ranks_.is_lost(rank)) return;
  std::visit([&](const auto& told) { take(rank, told); }, report);
}

void RankReports::take(int rank, const RankFree& free) {
  if (!ranks_.hear(rank, free)) {
    note(ranks_.no_work_text(rank));
    if (free.lease == 0) return;
  }
  leave(rank, free.lease);
  changed_ = true;
}

void RankReports::take(int /*rank*/, const LeaseNews& news) {
  const ActiveLease* lease = leases_.find(news.lease);
  if (lease == nullptr) return;
  const std::string who = trials_.trials().size() > 1 ? trial_name(lease->trial) + ": " : "";
  if (!news.note.empty()) note(who + news.note);
  if (!news.epoch.empty()) note(who + news.epoch);
  leases_.hear(news, trials_.trial(lease->trial).brief.microbatches, now_s());
}

void RankReports::take(int /*rank*/, const LeaseEnded& ended) {
  if (leases_.find(ended.lease) == nullptr) return;
  const ActiveLease& lease = leases_.mark_ended(ended.lease);
  changed_ = true;
  // Nobody here asked for it: a signal reached a rank of the group.
  if (!ended.fault && ended.result.end == LeaseEnd::kInterrupted && !lease.ending) stopping_ = true;
  if (records_) recorder_.record(lease, ended, surroundings(lease));
}

/// The rank's group can't go on, nor end: the others save what they have, then the job ends.
void RankReports::take(int rank, const LeaseBroken& broken) {
  if (leases_.find(broken.lease) == nullptr) return;
  const bool is_news = leases_.mark_broken(broken.lease);
  const ActiveLease& lease = *leases_.find(broken.lease);
  const std::string text =
      trial_name(lease.trial) + ": " + ranks_.name(rank) + " has failed without its group: " + broken.fault.told();
  note(text);
  if (broken_.empty()) broken_ = text;
  stopping_ = true;
  if (records_ && is_news && !lease.score_test)
    recorder_.record(lease, LeaseEnded{broken.lease, {}, broken.fault}, surroundings(lease));
}

void RankReports::take(int /*rank*/, const StopAsked&) { stop(); }

void RankReports::take(int rank, const Heartbeat& beat) {
  liveness_.hear(rank, beat, now_s());
  ranks_.hear(rank, beat);
}

void RankReports::lose(int rank) {
  if (!ranks_.lose(rank)) return;
  ranks_died_ = changed_ = true;
  liveness_.forget(rank);
  note(ranks_.name(rank) + " has died; the sweep goes on with " + std::to_string(ranks_.living()) + " of " +
       std::to_string(ranks_.world()) + " ranks");
  if (const auto lease = leases_.of_rank(rank)) leave(rank, *lease);
}

/// The last one out ends the lease. Where nobody has told how it ended, a member died.
void RankReports::leave(int rank, int lease) {
  const auto left = leases_.leave(rank, lease);
  if (!left || left->ended) return;
  ranks_died_ = true;
  if (records_) recorder_.record_death(*left, surroundings(*left));
}

void RankReports::watch() {
  if (!liveness_.is_time(now_s())) return;
  const auto gone = liveness_.alarm(leases_.watched(), now_s());
  if (gone && options_.on_stall) options_.on_stall(*gone);
}

LeaseOrder RankReports::open(LeaseOrder order) {
  order.ranks_died = ranks_died_;
  order.lease = leases_.open(order.trial, order.members, order.score_test, now_s());
  for (const int member : order.members) {
    liveness_.restart(member, now_s());
    ranks_.take(member);
  }
  return order;
}

bool RankReports::take_change() { return std::exchange(changed_, false); }

LeaseSurroundings RankReports::surroundings(const ActiveLease& lease) const {
  return {ranks_.host(lease.members.front()), now_s() - lease.granted_s, stopping_};
}

void RankReports::note(const std::string& text) const {
  if (options_.note) options_.note(text);
}

}  // namespace unmask
