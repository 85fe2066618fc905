#define UNMASK_LANES lanes_avx512
#include "model/norm/fused_norm_kernel.h"

namespace unmask {

extern const FusedNormKernels* const kFusedNormAvx512;
#if defined(__AVX512F__)
const FusedNormKernels* const kFusedNormAvx512 = &lanes_avx512::kKernels;
#else
const FusedNormKernels* const kFusedNormAvx512 = nullptr;
#endif

}  // namespace unmask
