// Launches sum_kernel.h on an NVIDIA GPU by the driver. Compiled, never run on a GPU.
#pragma once

#include <string>

#include "model/device/sum_batches.h"

namespace unmask {

/// The text that NVRTC compiles; its kernel is "sum_batch".
const std::string& sum_kernel_source();

/// For CUDA's device of that number, current in the calling thread, on its default stream. Empty where the driver or
/// NVRTC can't be had: sums are then made another way, with the same bits.
SumLauncher cuda_sum_launcher(int device);

}  // namespace unmask
