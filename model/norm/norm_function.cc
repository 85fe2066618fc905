#include "model/norm/norm_function.h"

#include <torch/csrc/autograd/custom_function.h>

#include <atomic>
#include <optional>

namespace unmask {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

FusedNorm describe(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                   const at::Tensor& statistics, bool relu, bool rounded) {
  FusedNorm norm;
  norm.storage = input.scalar_type() == at::kBFloat16 ? Storage::kBf16 : rounded ? Storage::kF32Rounded : Storage::kF32;
  norm.rows = input.size(0) * input.size(2) * input.size(3);
  norm.channels = input.size(1);
  norm.relu = relu;
  norm.input = input.const_data_ptr();
  norm.weight = weight.const_data_ptr<float>();
  norm.bias = bias.const_data_ptr<float>();
  norm.mean = statistics.data_ptr<float>();
  norm.inverse_deviation = norm.mean + norm.channels;
  return norm;
}

struct FusedNormFunction : torch::autograd::Function<FusedNormFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, const std::optional<at::Tensor>& residual, at::Tensor running_mean,
                            at::Tensor running_var, bool relu, bool rounded, double epsilon, double momentum) {
    const at::Tensor statistics = at::empty({2, input.size(1)}, at::kFloat);
    FusedNorm norm = describe(input, weight, bias, statistics, relu, rounded);
    fused_norm_statistics(norm, epsilon, momentum, running_mean.data_ptr<float>(), running_var.data_ptr<float>());
    if (residual) norm.residual = residual->const_data_ptr();
    at::Tensor output = at::empty(input.sizes(), input.options(), kChannelsLast);
    fused_norm_forward(norm, output.data_ptr());
    // Only a residual makes the output tell more than the input does.
    context->save_for_backward({input, weight, bias, statistics, residual ? output : at::Tensor()});
    context->saved_data["relu"] = relu;
    context->saved_data["rounded"] = rounded;
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &weight = saved[1], &output = saved[4];
    const at::Tensor gradient = gradients[0].contiguous(kChannelsLast);
    FusedNorm norm = describe(input, weight, saved[2], saved[3], context->saved_data["relu"].toBool(),
                              context->saved_data["rounded"].toBool());
    at::Tensor input_gradient = at::empty(input.sizes(), input.options(), kChannelsLast);
    at::Tensor weight_gradient = at::empty_like(weight), bias_gradient = at::empty_like(weight), residual_gradient;
    if (output.defined()) {
      residual_gradient = at::empty(input.sizes(), input.options(), kChannelsLast);
      norm.residual = residual_gradient.const_data_ptr();
    }
    fused_norm_backward(norm, output.defined() ? output.const_data_ptr() : nullptr, gradient.const_data_ptr(),
                        input_gradient.data_ptr(), output.defined() ? residual_gradient.data_ptr() : nullptr,
                        weight_gradient.data_ptr<float>(), bias_gradient.data_ptr<float>());
    return {input_gradient, weight_gradient, bias_gradient, residual_gradient, {}, {}, {}, {}, {}, {}};
  }
};

struct RoundFunction : torch::autograd::Function<RoundFunction> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& values) {
    at::Tensor rounded = at::empty_strided(values.sizes(), values.strides(), values.options());
    round_to_bf16(values.const_data_ptr<float>(), rounded.data_ptr<float>(), values.numel());
    return rounded;
  }
  static variable_list backward(AutogradContext*, variable_list gradients) { return gradients; }
};

std::atomic<bool> may_fuse = true;

}  // namespace

void let_norms_be_fused(bool fused) { may_fuse = fused; }

bool can_fuse_norm(const at::Tensor& input) {
  const bool type = input.scalar_type() == at::kFloat || input.scalar_type() == at::kBFloat16;
  return may_fuse && type && input.device().is_cpu() && input.size(1) % 64 == 0 && input.is_contiguous(kChannelsLast);
}

at::Tensor fused_norm_train(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& residual, const at::Tensor& running_mean, const at::Tensor& running_var,
                            bool relu, bool rounded, double epsilon, double momentum) {
  const auto given = residual.defined() ? std::optional(residual.contiguous(kChannelsLast)) : std::nullopt;
  return FusedNormFunction::apply(input, weight, bias, given, running_mean, running_var, relu, rounded, epsilon,
                                  momentum);
}

at::Tensor rounded_to_bf16(const at::Tensor& values) { return RoundFunction::apply(values); }

}  // namespace unmask
