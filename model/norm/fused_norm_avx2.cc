#define UNMASK_LANES lanes_avx2
#include "model/norm/fused_norm_kernel.h"

namespace unmask {

extern const FusedNormKernels* const kFusedNormAvx2;
#if defined(__AVX2__)
const FusedNormKernels* const kFusedNormAvx2 = &lanes_avx2::kKernels;
#else
const FusedNormKernels* const kFusedNormAvx2 = nullptr;
#endif

}  // namespace unmask
