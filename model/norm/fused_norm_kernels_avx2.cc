#define UNMASK_LANES lanes_avx2
#include "model/norm/fused_norm_lanes.h"

namespace unmask {

#if defined(__AVX2__)
const FusedNormKernels* fused_norm_kernels_avx2() { return &lanes_avx2::kKernels; }
#else
const FusedNormKernels* fused_norm_kernels_avx2() { return nullptr; }
#endif

}  // namespace unmask
