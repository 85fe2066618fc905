// The fused normalisation as a step of autograd, and the rounding of weights.
#pragma once

#include <ATen/ATen.h>

#include "model/norm/fused_norm.h"

namespace unmask {

/// Whether the fused kernels take this activation: CPU, channels_last, f32 or bf16, a multiple of 64 channels.
bool can_fuse_norm(const at::Tensor& input);
/// For tests in which a CPU stands in for a GPU: with false can_fuse_norm is false of everything.
void let_norms_be_fused(bool fused);

/// relu(batch_norm(input) + residual) in training mode; `residual` may be undefined. Running statistics move in place.
at::Tensor fused_norm_train(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& residual, const at::Tensor& running_mean, const at::Tensor& running_var,
                            bool relu, bool rounded, double epsilon, double momentum);

/// f32 rounded to bf16 values; the gradient passes unchanged.
at::Tensor rounded_to_bf16(const at::Tensor& values);

}  // namespace unmask
