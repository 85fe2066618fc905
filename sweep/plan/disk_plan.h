// How much of the disk a sweep takes at once. Pure.
#pragma once

#include <cstdint>

#include "sweep/plan/sweep_options.h"

namespace unmask {

/// Parameters of the network: ResNet18's body and one of the heads.
std::int64_t trained_parameters(bool hidden_head);
/// Running means and variances of the normalisations.
std::int64_t running_statistics(bool hidden_head);

/// A checkpoint after the first epoch: weights, Adam's two moments, best weights, running statistics twice;
/// 4 bytes each.
std::int64_t checkpoint_bytes(bool hidden_head);
/// best.safetensors: weights and running statistics.
std::int64_t model_bytes(bool hidden_head);

struct DiskDemand {
  bool hidden_head = false;  // any trial has it: the larger one counts
  int trials = 1;
  int running = 1;          // at once
  int waiting_at_rung = 0;  // others that keep their checkpoints meanwhile: a cohort under a stopping rule
  int train_sets = 1;       // weights are kept for each choice of data.train
  int keep_best = 1;
};

/// What a sweep on `ranks` has at once, in its mode.
DiskDemand disk_demand(const SweepOptions& sweep, int ranks, int trials, int train_sets, bool hidden_head);

/// Trials under way: two checkpoints and the best weights each, and a checkpoint in the making where one runs; trials
/// that are over: the weights that keep_best keeps; the chosen model. Logs and tables are left out.
std::int64_t sweep_disk_bytes(const DiskDemand& demand);

}  // namespace unmask
