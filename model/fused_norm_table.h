// The kernels of one instruction set, as a table that fused_norm.cc picks from once.
#pragma once

#include <cstdint>

#include "model/fused_norm.h"

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

const FusedNormKernels& fused_norm_generic();
const FusedNormKernels& fused_norm_avx2();    // x86 only
const FusedNormKernels& fused_norm_avx512();  // x86 only

/// "avx512", "avx2" or "generic": what this machine uses.
const char* fused_norm_instruction_set();
/// For tests: every set that this machine has, or the best one again. THROWS nothing.
void use_fused_norm_kernels(const FusedNormKernels& kernels);

}  // namespace unmask
