// A kernel of our own on an NVIDIA GPU, launched by the driver. Compiled, never run on a GPU.
#pragma once

#include <functional>
#include <string>

namespace unmask {

/// Enqueues a launch on the default stream; the host goes on at once. `parameter`: the kernel's only one, copied.
/// THROWS Error(kFailed) with CUDA's number.
using LoadedKernel = std::function<void(unsigned blocks, unsigned threads, const void* parameter)>;

/// The kernel `name` of `source`, by kept_cubin of device_kernels.h, for CUDA's device of that number, which becomes
/// the calling thread's. Empty where the driver or NVRTC can't be had; also where it isn't compiled or loaded, which
/// is said on standard error, with `instead`, as "sums are made by ATen".
LoadedKernel load_kernel(int device, const std::string& source, const std::string& name, const std::string& instead);

}  // namespace unmask
