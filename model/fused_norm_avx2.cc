#define UNMASK_LANES lanes_avx2
#include "model/fused_norm_kernel.h"

namespace unmask {

const FusedNormKernels& fused_norm_avx2() { return lanes_avx2::kKernels; }

}  // namespace unmask
