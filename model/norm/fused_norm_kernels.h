// The loops of fused_norm.h, once for every instruction set, with the same bits (how that is: fused_norm.h).
#pragma once

#include <cstdint>

#include "base/instruction_set.h"
#include "model/norm/fused_norm.h"

namespace unmask {

struct FusedNormKernels {
  struct Layer {
    void (*normalise)(const FusedNorm&, void* output);
    void (*sum_gradients)(const FusedNorm&, const void* output, const void* gradient, void* residual_gradient,
                          double* sums);
    void (*spread_gradient)(const FusedNorm&, const void* gradient, const float* shift, const float* slope,
                            void* input_gradient);
  };
  struct OfStorage {
    void (*sum_moments)(const FusedNorm&, double* sums);
    Layer layers[2][2];  // [relu][residual]
  };
  OfStorage storages[3];  // by Storage
  void (*round_values)(const float*, float*, std::int64_t);
};

/// Each in a file of its own, built for its instruction set; null where the compiler doesn't target it.
const FusedNormKernels* fused_norm_kernels_avx2();
const FusedNormKernels* fused_norm_kernels_avx512();
/// What the functions of fused_norm.h take; a test or a bench may force another.
Dispatch<FusedNormKernels>& fused_norm_kernels();

}  // namespace unmask
