#define UNMASK_LANES lanes_avx512
#include "model/fused_norm_kernel.h"

namespace unmask {

const FusedNormKernels& fused_norm_avx512() { return lanes_avx512::kKernels; }

}  // namespace unmask
