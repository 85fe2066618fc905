// The kernels of one instruction set, as a table; fused_norm.cc has one per set and picks.
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

/// What the functions of fused_norm.h take.
Dispatch<FusedNormKernels>& fused_norm_kernels();

}  // namespace unmask
