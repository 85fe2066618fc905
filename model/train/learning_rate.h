// The learning rate as a pure function of the step.
#pragma once

#include <cstdint>

#include "model/train/train_options.h"

namespace unmask {

/// Rate of step `step` in [0, total_steps). "one_cycle": PyTorch's OneCycleLR with cosine annealing, div_factor 25,
/// final_div_factor 1e4, no momentum cycle (as published); "constant": max_lr.
double learning_rate(const OptimizerOptions& options, std::int64_t step, std::int64_t total_steps);

}  // namespace unmask
