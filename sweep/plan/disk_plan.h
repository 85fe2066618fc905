// How much of the disk a sweep takes at once. Pure.
//
//   const DiskDemand demand = disk_demand(sweep, ranks, trials, train_sets, {.head = Head::kHidden});
//   std::int64_t bytes = sweep_disk_bytes(demand);
#pragma once

#include <cstdint>

#include "model/model_options.h"
#include "sweep/plan/sweep_options.h"

namespace unmask {

/// A checkpoint after the first epoch: weights, Adam's two moments, best weights, running statistics twice;
/// 4 bytes each.
std::int64_t checkpoint_bytes(const ModelOptions& model);
/// best.safetensors: weights and running statistics.
std::int64_t model_bytes(const ModelOptions& model);

/// An epoch's pictures (report/trial_display.h) in display/ and in the event file, about: larger with more than two
/// datasets in data.val.
inline constexpr std::int64_t kPicturesBytes = 2 * 350'000;

struct DiskDemand {
  ModelOptions model = {};  // the largest network of any trial
  int trials = 1;
  int running = 1;          // at once
  int waiting_at_rung = 0;  // others that keep their checkpoints meanwhile: a cohort under a stopping rule
  int train_sets = 1;       // weights are kept for each choice of data.train
  int keep_best = kKeepAll;
  int repeats = 1;          // weights of the best seeds stay until their point is whole
  std::int64_t epochs = 0;  // of all trials together: each leaves its pictures
};

/// Trials that a sweep on `ranks` may have under way at once: as many as run, and a cohort more where a stopping rule
/// lets them wait. The coordinator begins no more (PoolState::may_begin).
int most_under_way(const SweepOptions& sweep, int ranks);

/// What a sweep on `ranks` has at once, in its mode.
DiskDemand disk_demand(const SweepOptions& sweep, int ranks, int trials, int train_sets, const ModelOptions& model);

/// Trials whose weights stay at the sweep's end.
std::int64_t kept_models(const DiskDemand& demand);

/// Trials under way: two checkpoints and the best weights each, and a checkpoint in the making where one runs; trials
/// that are over: the weights that keep_best keeps, and those of seeds whose point isn't whole yet; the chosen model;
/// pictures. Logs and tables are left out.
std::int64_t sweep_disk_bytes(const DiskDemand& demand);

}  // namespace unmask
