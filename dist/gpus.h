// Looks for the GPUs that this process sees. No CUDA header reaches whoever includes this.
#pragma once

#include "dist/gpu_sight.h"

namespace unmask {

GpuSight look_for_gpus();

/// NVIDIA's MPS listens where a process of ours would look for it: ranks then share a GPU at once, not in turns.
bool mps_listens();

/// THROWS Error(kFailed).
GpuFacts gpu_facts(int number);

}  // namespace unmask
