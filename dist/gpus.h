// Looks for the GPUs that this process sees. No CUDA header reaches whoever includes this.
#pragma once

#include <string>

#include "dist/gpu_sight.h"

namespace unmask {

GpuSight look_for_gpus();

/// The release of the kernel's driver, "550.54.15"; empty: there is none. The kernel tells it under `proc`; where it
/// doesn't (WSL), NVML is asked.
std::string driver_release(const std::string& proc = "/proc/driver/nvidia");

/// What was caught, and where CUDA says it, the driver that was found and the one that is wanted.
std::string with_driver(const std::string& text);

/// What the local rank's GPU says where this process can't use it any more, as after an illegal memory access: nothing
/// but a new process helps. "": it is well. Waits for what it does.
std::string gpu_fault(int local_rank);

/// NVIDIA's MPS listens where a process of ours would look for it: ranks then share a GPU at once, not in turns.
bool mps_listens();

/// THROWS Error(kFailed).
GpuFacts gpu_facts(int number);

}  // namespace unmask
