// Runs the scheduler on paper: what a sweep would take. For `unmask plan` and for tests with thousands of ranks. Pure.
#pragma once

#include <vector>

#include "launch/sweep/scheduler.h"

namespace unmask {

struct SimulatedSweep {
  std::string mode = "elastic";
  int group_size = 1;
  int ranks = 1;
  std::vector<TrialLoad> trials;
  double lease_cost_s = 2;  // idle time of a group between two leases
};

struct SimulationResult {
  double makespan_s = 0;
  double idle_share = 0;     // of ranks × makespan that no trial had
  double bound_s = 0;        // no schedule is shorter (see makespan_bound)
  int leases = 0;
  std::vector<double> finished_at_s;  // by place in `trials`
  std::vector<std::string> faults;    // broken rules: a trial lost or run twice, a rank idle while a trial waited, …
};

SimulationResult simulate(const SimulatedSweep& sweep);

/// A lower bound of the makespan on any schedule with groups that may change: the larger of all work (at one rank a trial, where
/// no microbatch slot is wasted) divided by the ranks, and the longest single trial at the best size for it.
double makespan_bound(const std::vector<TrialLoad>& trials, int ranks);

}  // namespace unmask
