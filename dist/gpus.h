// Looks for the GPUs that this process sees. No CUDA header reaches whoever includes this.
#pragma once

#include "dist/gpu_sight.h"

namespace unmask {

GpuSight look_for_gpus();

/// THROWS Error(kFailed).
GpuFacts gpu_facts(int number);

}  // namespace unmask
