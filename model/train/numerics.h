// On what hardware a trial computes, in which arithmetic, and what ranks must share to compute the same bits.
// No torch here.
#pragma once

#include <string>

#include "dist/communicator.h"
#include "model/device/device_choice.h"
#include "model/train/train_options.h"

namespace unmask {

/// Replaces "auto" in precision and bf16_arithmetic by what is fastest on this processor or GPU (of a CPU by a table,
/// base/instruction_set.h). Once, when the run is made. `device`: resolved. THROWS Error(kUsage).
void resolve_arithmetic(TrainOptions& train, Device device);
/// "fp32", "bf16, products native", for people.
std::string arithmetic_text(const TrainOptions& train);
/// kCpu or kCuda. THROWS Error(kUsage) where a GPU is allocated but cannot be used.
Device resolve_device(Device device);
/// What ranks must have in common to give the same bits: library versions, CPU model and effective instruction set,
/// threads, arithmetic, and a digest of the bits of one probe microbatch (probe.h) with crops of `crop_px`. On a GPU
/// its model (of the rank's own), CUDA and cuDNN instead of the CPU's. Takes a fraction of a second: once per process.
std::string numerics_class(const TrialOptions& options, int crop_px, int local_rank = 0);
/// COLLECTIVE: no two ranks of `world` may have the same GPU. THROWS Error(kUsage). Nothing to do on CPUs. Only for
/// tests: UNMASK_SHARE_GPU=1 in the environment lets them.
void require_own_gpu(Communicator& world, Device device, int local_rank);

}  // namespace unmask
