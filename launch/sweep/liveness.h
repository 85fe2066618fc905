// Does every rank still live? Pure: from the last heartbeats to the words of an alarm.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "launch/sweep/messages.h"

namespace unmask {

/// What the coordinator knows of a rank. Times on its own monotonic clock.
struct RankPulse {
  Heartbeat last;
  double heard_s = 0;  // when the last heartbeat came
  double moved_s = 0;  // when the rank was last seen to go on
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

/// Why the job can't go on, for people: a rank that is silent for `timeout_s`, or a group of which no rank has gone on for
/// the larger of `timeout_s` and ten steps. One slow rank is no reason: it goes on. Names the lease, the collective in which
/// the others wait, and the ranks that are missing with their hosts. Nothing: all is well.
std::optional<std::string> stall(const std::map<int, RankPulse>& pulses, const std::vector<WatchedLease>& leases,
                                 double now_s, double timeout_s);

/// The rank's own clock stood still (a suspended job, a stopped process): nobody is to blame for that time.
/// Returns the seconds by which what was heard before must be moved on. `late_s`: since the last look.
double forgiven_s(double late_s);

}  // namespace unmask
