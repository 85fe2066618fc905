#define UNMASK_LANES lanes_generic
#include "model/norm/fused_norm_kernel.h"

namespace unmask {

extern const FusedNormKernels* const kFusedNormGeneric;
const FusedNormKernels* const kFusedNormGeneric = &lanes_generic::kKernels;

}  // namespace unmask
