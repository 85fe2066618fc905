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
/// COLLECTIVE: which ranks of `world` share a GPU, as number_gpus (dist/gpu_sight.h) says it; of CPUs: nothing. THROWS
/// Error(kUsage) where more than `runtime.ranks_per_gpu` do. Only for tests: UNMASK_SHARE_GPU=1 in the environment lets
/// them, and one group as well.
std::vector<int> gpus_of_ranks(Communicator& world, const RuntimeOptions& runtime, int local_rank);

}  // namespace unmask
