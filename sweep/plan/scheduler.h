// Who works on what: from the trials that want ranks and the ranks that are free to leases.
// Pure: no clock, no disk, no MPI.
// The results of a sweep never depend on what is decided here.
//
//   const Schedule next = schedule(pool);  // PoolState: who waits, who runs, which ranks are free
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sweep/plan/sweep_options.h"

namespace unmask {

/// A trial that waits or runs, as the scheduler sees it.
struct TrialLoad {
  int trial = 0;
  int microbatches = 1;          // of a full step: more ranks than these never help
  std::int64_t steps_left = 0;   // to the end of its schedule (predicted: a rung may end it sooner)
  double microbatch_s = 1;       // seconds a microbatch on one rank; only ratios matter where nothing was measured yet
  bool holds_up_others = false;  // other trials wait for it at a rung
  bool begun = false;            // it has been trained before, and may hold checkpoints
  int cohort = 0;                // where a stopping rule compares whole cohorts; else 0
};

struct RunningGroup {
  TrialLoad load;
  int lease = 0;
  std::vector<int> ranks;
  bool ending = false;  // was asked to end its lease already
};

struct PoolState {
  SweepMode mode = SweepMode::kElastic;
  int group_size = 1;                   // of concurrent
  int ranks = 1;                        // all that work, free or not
  std::vector<int> free_ranks = {};     // ascending
  std::vector<TrialLoad> waiting = {};  // in order of id
  std::vector<RunningGroup> running = {};
  int may_begin =
      std::numeric_limits<int>::max();  // trials not begun yet that may be: the disk was planned for no more
  double lease_cost_s = 2;              // what ending a lease and granting another costs
  std::vector<int> gpu_of = {};         // by rank; empty: none share one. A group takes one rank of a GPU at most
};

struct Grant {
  int trial = 0;
  std::vector<int> ranks;  // ascending; the first leads
  bool operator==(const Grant&) const = default;
};

struct Schedule {
  std::vector<Grant> grants;
  std::vector<int> end_leases;  // to be ended at the next step boundary so that the trial gets more ranks
};

/// The largest number of ranks <= `ranks` that shortens a step against one rank fewer: ceil(microbatches / size) falls.
int useful_group_size(int microbatches, int ranks);
/// Of each GPU the first of its ranks, or all ranks where none share one (PoolState::gpu_of).
std::vector<int> one_of_each_gpu(const std::vector<int>& ranks, const std::vector<int>& gpu_of);
/// Seconds that `load` takes on a group of `ranks`.
double seconds_left(const TrialLoad& load, int ranks);

/// In all modes an earlier cohort goes first, and in a cohort those that have begun: who waits holds checkpoints. New
/// ones are begun up to `may_begin`.
/// sequential: one trial at a time, by id, on as many ranks as help.
/// concurrent: groups of group_size (fewer where fewer help), by id; who needs fewer ranks doesn't overtake.
/// elastic: every waiting trial gets a rank: of a cohort first those that hold up others, then those that have begun,
/// then those that take longest with all ranks.
/// Ranks left over go, again and again, to who takes longest among the trials granted now and those `ending`, then
/// among running ones, to the next size that shortens a step; a running one is asked to end its lease if that saves
/// more than lease_cost_s. Ranks meant for an `ending` group stay free until it comes back as waiting.
/// No rank stays free while a trial waits (except in sequential, what group_size leaves over, and by may_begin).
/// No grant is larger than helps.
/// Where ranks share GPUs no running group is asked to end for more ranks: GPUs are shared for trials that fill none,
/// and a group could come back to the GPUs that it left.
Schedule schedule(const PoolState& pool);

}  // namespace unmask
