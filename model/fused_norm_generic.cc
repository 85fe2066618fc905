#define UNMASK_LANES lanes_generic
#include "model/fused_norm_kernel.h"

namespace unmask {

const FusedNormKernels& fused_norm_generic() { return lanes_generic::kKernels; }

}  // namespace unmask
