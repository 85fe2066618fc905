// Runs the scheduler on paper: what a sweep would take. For `unmask plan` and for tests with thousands of ranks. Pure.
//
//   const SimulationResult paper = simulate({.mode = SweepMode::kElastic, .ranks = 8, .trials = loads});
//   std::cout << paper.makespan_s << " s, at least " << paper.bound_s;
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "sweep/plan/scheduler.h"

namespace unmask {

struct SimulatedSweep {
  SweepMode mode = SweepMode::kElastic;
  int group_size = 1;
  int ranks = 1;
  std::vector<int> gpu_of = {};  // as PoolState has it
  std::vector<TrialLoad> trials = {};
  double lease_cost_s = 2;  // idle time of a group at the start of every lease
  double slot_s = 0;        // a start's time limit: every lease ends, and the next start goes on; 0 = one start
  int rungs = 0;            // evenly in each trial's steps, where it waits for its cohort (TrialLoad::cohort)
  double keep = 1;          // share of a cohort, by id, that goes on after a rung
  int most_under_way = std::numeric_limits<int>::max();  // disk_plan.h
};

struct SimulationResult {
  double makespan_s = 0;
  double idle_share = 0;  // of ranks × makespan in which no step ran
  double bound_s = 0;     // no schedule is shorter (see makespan_bound)
  int leases = 0;
  int starts = 1;
  int under_way = 0;                  // most trials at once that were begun and not over: each holds checkpoints
  double first_done_at_s = 0;         // when the first trial came to its end
  std::vector<double> finished_at_s;  // by place in `trials`
  std::vector<std::string> faults;    // broken rules: a trial lost or run twice, a rank idle while a trial waited, …
};

/// Steps are whole, and those of a lease that the slot's end cuts off are kept: a lease that is asked to end does so
/// after the step that runs, and after one step at least.
SimulationResult simulate(const SimulatedSweep& sweep);

/// A lower bound of the makespan: no schedule is shorter, even if groups could change at any time and leases were free.
/// No trial ends before its best size lets it; and the ranks must hold all work, where a trial that has to end in time
/// pays for the sizes that it needs (10 microbatches on 3 or 4 ranks cost as much as 12: slots stay empty).
/// It doesn't know that a trial of one microbatch can't be split: few such trials stay above it. REQUIRES: ranks >= 1.
double makespan_bound(const std::vector<TrialLoad>& trials, int ranks);

}  // namespace unmask
