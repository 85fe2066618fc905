#include "data/augment/augment_kernels.h"

#include "data/augment/augment_lanes.h"

namespace unmask {

Dispatch<AugmentKernels>& augment_kernels() {
  static constexpr AugmentKernels kGeneric = {&warp<OneLane>, &colour<OneLane>};
  static Dispatch<AugmentKernels> kernels(&kGeneric, augment_kernels_avx2(), augment_kernels_avx512());
  return kernels;
}

}  // namespace unmask
