#include "data/augment/augment_kernel.h"

#include "data/augment/augment_lanes.h"

namespace unmask {

// Each in a file of its own, built for its instruction set; null if the compiler doesn't target it.
extern const AugmentKernel* const kAugmentKernelAvx2;
extern const AugmentKernel* const kAugmentKernelAvx512;

Dispatch<AugmentKernel>& augment_kernels() {
  static constexpr AugmentKernel kGeneric = {&warp<OneLane>, &colour<OneLane>};
  static Dispatch<AugmentKernel> kernels(&kGeneric, kAugmentKernelAvx2, kAugmentKernelAvx512);
  return kernels;
}

}  // namespace unmask
