// Does every rank still live? Pure: from the last heartbeats to the words of an alarm.
//
//   Liveness liveness(network.world(), 60);
//   liveness.hear(3, heartbeat, now_s);
//   if (liveness.is_time(now_s)) {
//     if (const auto reason = liveness.alarm(leases.watched(), now_s)) end_job(*reason);
//   }
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sweep/messages.h"

namespace unmask {

/// What rank zero knows of a rank.
struct RankPulse {
  Heartbeat last;
  double heard_s = 0;  // when the last heartbeat came
  double moved_s = 0;  // when the rank was last seen to move on
};

/// A lease at work.
struct WatchedLease {
  int lease = 0;
  int trial = 0;
  std::int64_t step = 0;
  double step_s = 0;         // a step's wall time; 0: not known yet
  std::vector<int> members;  // world ranks
};

/// Opening and saving touch disks that may be slow; they and a lease's first step may take so many times longer.
inline constexpr double kSlowWork = 5;

/// Why the job can't go on, for people: a rank that is silent for `timeout_s`, or a group of which no rank has moved on
/// for the larger of `timeout_s` and ten steps. One slow rank is no reason: it moves on. Names the lease, the
/// collective in which the others wait, and the ranks that are missing with their hosts. Nothing: all is well.
std::optional<std::string> stall(const std::map<int, RankPulse>& pulses, const std::vector<WatchedLease>& leases,
                                 double now_s, double timeout_s);

/// Rank zero's record of all ranks' signs of life. Times on one monotonic clock of the caller's.
class Liveness {
 public:
  Liveness(int ranks, double timeout_s);
  void hear(int rank, const Heartbeat& beat, double now_s);
  /// The rank begins something new: it counts as having moved on.
  void restart(int rank, double now_s) { pulses_.at(rank).moved_s = now_s; }
  /// It is known to be dead, and no longer waited for.
  void forget(int rank) { pulses_.erase(rank); }

  /// Whether it is time for alarm(). To be asked all the time: what it finds late was the caller's own pause.
  bool is_time(double now_s);
  /// See stall(). Members that are forgotten don't count.
  std::optional<std::string> alarm(std::vector<WatchedLease> leases, double now_s) const;

 private:
  std::map<int, RankPulse> pulses_;
  double timeout_s_;
  double asked_s_ = 0, next_s_ = 0;
};

/// How often signs of life are sent, both ways.
double heartbeat_every_s(double timeout_s);

/// When something was heard last, where the listener itself stood still since it `looked` last (a suspended job, a
/// stopped process): nobody is to blame for that time. Never later than `now_s`.
double forgiving_s(double heard_s, double looked_s, double now_s);

}  // namespace unmask
