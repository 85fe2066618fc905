// The leases that groups of ranks hold on trials, and what they have measured: how long a microbatch takes, and what a
// lease costs before its first step. Pure; times are seconds of the caller's monotonic clock.
//
//   LeaseTable leases(2);                                      // s: the first guess of what a lease costs
//   const int id = leases.open(7, {2, 3}, false, now_s);       // ranks 2 and 3 work on trial 7; 2 leads
//   leases.hear(news, brief.microbatches, now_s);              // from its leader, a few times a second
//   leases.mark_ended(id);                                     // the leader has said how it ended
//   leases.leave(2, id); const auto over = leases.leave(3, id);  // both are free again: the lease is gone
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sweep/liveness.h"
#include "sweep/messages.h"
#include "sweep/plan/scheduler.h"
#include "sweep/run/results.h"

namespace unmask {

/// A group at work, until its last member has left.
struct ActiveLease {
  int trial = 0;
  std::vector<int> members;  // world ranks, ascending; the first leads
  std::set<int> still_in;
  bool score_test = false;
  bool ending = false;  // was asked to
  bool ended = false;   // its leader has told how
  bool broken = false;  // it will never end: some of its ranks wait for one that failed alone
  LeaseNews news;       // the last
  double granted_s = 0;
};

class LeaseTable {
 public:
  explicit LeaseTable(double lease_cost_s) : lease_cost_s_(lease_cost_s) {}

  /// Returns the lease's number: 1, 2, …
  int open(int trial, const std::vector<int>& members, bool score_test, double now_s);
  /// `microbatches`: of a full step of its trial. REQUIRES: find(news.lease).
  void hear(const LeaseNews& news, int microbatches, double now_s);
  /// It is to be asked to end. False: it was, or it has ended already. REQUIRES: find(id).
  bool ask_to_end(int id);
  /// Its leader has told how it ended; its members are busy until each has left. REQUIRES: find(id).
  const ActiveLease& mark_ended(int id);
  /// A member has failed without the others: the lease stays, ended, and its ranks with it. False: it was ended
  /// already. REQUIRES: find(id).
  bool mark_broken(int id);
  /// A member is free again, or lost. The last one out takes the lease with it: it is returned, and no longer here.
  /// Where its leader has not told how it ended, a member died. Nothing where others are still in, or there is no such
  /// lease.
  std::optional<ActiveLease> leave(int rank, int id);

  /// By number.
  const std::map<int, ActiveLease>& all() const { return leases_; }
  /// Null: there is none.
  const ActiveLease* find(int id) const;
  const ActiveLease* of_trial(int trial) const;
  /// The lease that a rank is still in.
  std::optional<int> of_rank(int rank) const;
  /// Some lease is not broken.
  bool any_whole() const;
  /// As liveness looks at them: without the broken ones.
  std::vector<WatchedLease> watched() const;

  /// A trial as the scheduler sees it: with its own measured times, else the mean of the others', else 0.1 s.
  TrialLoad load(const SweepTrial& trial) const;
  /// What scoring after the epochs to come takes `ranks` ranks, by the trial's last scoring, else the mean of the
  /// others'; 0 where nothing was scored yet.
  double scoring_left_s(const SweepTrial& trial, int ranks) const;
  bool is_measured(int trial) const { return microbatch_s_.contains(trial); }
  bool any_measured() const { return !microbatch_s_.empty(); }
  /// From a grant to the first step; each lease that begins counts for half.
  double lease_cost_s() const { return lease_cost_s_; }

 private:
  std::map<int, ActiveLease> leases_;
  std::map<int, int> lease_of_trial_;
  int last_lease_ = 0;
  std::map<int, double> microbatch_s_;  // by trial, on one rank
  double sum_microbatch_s_ = 0;
  std::map<int, double> scoring_s_;  // by trial: of an epoch, on one rank
  double lease_cost_s_;
};

}  // namespace unmask
