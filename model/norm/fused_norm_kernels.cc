#define UNMASK_LANES lanes_generic
#include "model/norm/fused_norm_lanes.h"

namespace unmask {

Dispatch<FusedNormKernels>& fused_norm_kernels() {
  static Dispatch<FusedNormKernels> kernels(&lanes_generic::kKernels, fused_norm_kernels_avx2(),
                                            fused_norm_kernels_avx512());
  return kernels;
}

}  // namespace unmask
