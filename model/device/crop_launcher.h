// Launches crop_kernel.h on an NVIDIA GPU. Compiled, never run on a GPU.
#pragma once

#include <functional>
#include <string>

#include "model/device/crop_kernel.h"

namespace unmask {

/// Enqueues one launch, of launch.crops blocks.
using CropLauncher = std::function<void(const CropLaunch& launch)>;

/// The text that NVRTC compiles; its kernel is "crop_batch".
const std::string& crop_kernel_source();

/// For CUDA's device of that number, which becomes the calling thread's, on its default stream. Empty where the driver
/// or NVRTC can't be had: crops are then made by ATen, with the same bits.
CropLauncher cuda_crop_launcher(int device);

}  // namespace unmask
