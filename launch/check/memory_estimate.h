// How much memory a rank takes at most while it trains, worked out from the network's shapes before anything is
// started.
//
//   rank_peak_bytes(config.trial, 224);  // 1.4e9: fp32, microbatches of 32
#pragma once

#include <cstdint>

#include "model/train/train_options.h"

namespace unmask {

/// Of one rank that trains alone: program, weights with all that goes with them, one microbatch's activations, crops
/// under way. With device = cuda: what it takes of its GPU. `options`: resolved. A sum of what is known to be held; of
/// the ranks that were measured (VmHWM, on CPUs) within a sixth of their peak.
std::int64_t rank_peak_bytes(const TrialOptions& options, int crop_px);

}  // namespace unmask
