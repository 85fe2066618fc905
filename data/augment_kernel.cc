#include "data/augment_kernel.h"

#include "data/augment_lanes.h"

namespace unmask {

// Each in a file of its own, built for its instruction set; null if the compiler doesn't target it.
extern const AugmentKernel* const kAugmentKernelAvx2;
extern const AugmentKernel* const kAugmentKernelAvx512;

namespace {

constexpr AugmentKernel kGeneric = {&warp<OneLane>, &colour<OneLane>};

bool processor_has(AugmentPath path) {
#if defined(__x86_64__)
  if (path == AugmentPath::kAvx2) return __builtin_cpu_supports("avx2") != 0;
  if (path == AugmentPath::kAvx512) return __builtin_cpu_supports("avx512f") != 0;
#endif
  return path == AugmentPath::kGeneric;
}

}  // namespace

const AugmentKernel* augment_kernel(AugmentPath path) {
  if (!processor_has(path)) return nullptr;
  switch (path) {
    case AugmentPath::kGeneric: return &kGeneric;
    case AugmentPath::kAvx2: return kAugmentKernelAvx2;
    case AugmentPath::kAvx512: return kAugmentKernelAvx512;
  }
  return nullptr;
}

AugmentPath best_augment_path() {
  for (const AugmentPath path : {AugmentPath::kAvx512, AugmentPath::kAvx2}) {
    if (augment_kernel(path) != nullptr) return path;
  }
  return AugmentPath::kGeneric;
}

}  // namespace unmask
