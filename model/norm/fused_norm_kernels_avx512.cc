#define UNMASK_LANES lanes_avx512
#include "model/norm/fused_norm_lanes.h"

namespace unmask {

#if defined(__AVX512F__)
const FusedNormKernels* fused_norm_kernels_avx512() { return &lanes_avx512::kKernels; }
#else
const FusedNormKernels* fused_norm_kernels_avx512() { return nullptr; }
#endif

}  // namespace unmask
