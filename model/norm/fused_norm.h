// Batch normalisation of channels_last activations fused with what stands behind it (residual sum, ReLU), forward and
// backward, on the CPU. Plain memory, no torch. Sums run down the rows of each channel in an order that doesn't depend
// on the vector width, so AVX-512, AVX2 and generic code give the same bits.
#pragma once

#include <cstdint>

namespace unmask {

/// How activations are stored. kF32Rounded: f32 that holds bf16 values,
/// for CPUs whose f32 convolutions are the faster ones.
enum class Storage { kF32, kF32Rounded, kBf16 };

/// One layer's pass: `rows` = n * h * w, `channels` a multiple of 64, tensors [rows][channels]. Activations are f32 or
/// bf16 by `storage`, the rest is f32 [channels].
struct FusedNorm {
  Storage storage = Storage::kF32;
  std::int64_t rows = 0, channels = 0;
  bool relu = false;
  const void* input = nullptr;     // of the normalisation
  const void* residual = nullptr;  // added before the ReLU, or null
  const float* weight = nullptr;
  const float* bias = nullptr;
  float* mean = nullptr;  // of the batch: written by forward, read by backward
  float* inverse_deviation = nullptr;
};

/// Batch statistics of `input` into mean and inverse_deviation;
/// running statistics move by `momentum` (unbiased variance).
void fused_norm_statistics(const FusedNorm& norm, double epsilon, double momentum, float* running_mean,
                           float* running_var);

/// output = relu((input - mean) * inverse_deviation * weight + bias + residual).
void fused_norm_forward(const FusedNorm& norm, void* output);

/// From the gradient of `output`: those of input, weight, bias and, where there is a residual, of the residual.
void fused_norm_backward(const FusedNorm& norm, const void* output, const void* output_gradient, void* input_gradient,
                         void* residual_gradient, float* weight_gradient, float* bias_gradient);

/// values f32 rounded to the nearest bf16 (ties to even), as f32.
void round_to_bf16(const float* values, float* rounded, std::int64_t count);

}  // namespace unmask
