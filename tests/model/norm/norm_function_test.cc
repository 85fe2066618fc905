#include "model/norm/norm_function.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

at::Tensor channels_last(const at::Tensor& tensor) { return tensor.contiguous(at::MemoryFormat::ChannelsLast); }

double difference(const at::Tensor& got, const at::Tensor& wanted) {
  const at::Tensor exact = wanted.detach().to(at::kDouble);
  return ((got.detach().to(at::kDouble) - exact).abs().max() / exact.abs().max()).item<double>();
}

/// A layer's inputs; a copy in double is what PyTorch's own operators are given.
struct Layer {
  at::Tensor input, residual, weight, bias, running_mean, running_var;

  static Layer drawn() {
    at::Tensor mean = at::sin(at::arange(64, at::kFloat)), spread = at::cos(at::arange(64, at::kFloat)).abs() + 0.5;
    const at::Tensor wave = at::sin(at::arange(5 * 64 * 7 * 6, at::kFloat) * 0.37).reshape({5, 64, 7, 6});
    return {channels_last(wave * spread.view({1, 64, 1, 1}) + mean.view({1, 64, 1, 1})),
            channels_last(at::cos(wave * 3)),
            spread.clone(),
            mean.clone(),
            at::zeros({64}),
            at::ones({64})};
  }
  Layer as(at::ScalarType type) const {
    const auto copy = [type](const at::Tensor& tensor) {
      return tensor.to(type, /*non_blocking=*/false, /*copy=*/true);
    };
    return {copy(input), copy(residual), copy(weight), copy(bias), copy(running_mean), copy(running_var)};
  }
  void require_gradients() {
    for (at::Tensor* tensor : {&input, &residual, &weight, &bias}) tensor->requires_grad_();
  }
};

struct Outcome {
  at::Tensor output;
  Layer gradients;
};

Outcome backward(at::Tensor output, const Layer& layer, bool with_residual) {
  const at::Tensor slope = at::cos(at::arange(output.numel(), at::kFloat) * 0.11).reshape(output.sizes());
  (output * slope.to(output.scalar_type())).sum().backward();
  return {output.detach(),
          {layer.input.grad(), with_residual ? layer.residual.grad() : at::Tensor(), layer.weight.grad(),
           layer.bias.grad(), layer.running_mean, layer.running_var}};
}

Outcome by_torch(Layer layer, bool relu, bool with_residual) {
  layer.require_gradients();
  at::Tensor y = at::batch_norm(layer.input, layer.weight, layer.bias, layer.running_mean, layer.running_var, true,
                                kMomentum, kEpsilon, false);
  if (with_residual) y = y + layer.residual;
  return backward(relu ? y.relu() : y, layer, with_residual);
}

Outcome fused(Layer layer, bool relu, bool with_residual, bool rounded) {
  layer.require_gradients();
  return backward(fused_norm_train(layer.input, layer.weight, layer.bias, with_residual ? layer.residual : at::Tensor(),
                                   layer.running_mean, layer.running_var, relu, rounded, kEpsilon, kMomentum),
                  layer, with_residual);
}

void expect_near(const Outcome& got, const Outcome& wanted, double tolerance, const std::string& which) {
  EXPECT_LT(difference(got.output, wanted.output), tolerance) << which;
  EXPECT_LT(difference(got.gradients.input, wanted.gradients.input), tolerance) << which;
  EXPECT_LT(difference(got.gradients.weight, wanted.gradients.weight), tolerance) << which;
  EXPECT_LT(difference(got.gradients.bias, wanted.gradients.bias), tolerance) << which;
  EXPECT_LT(difference(got.gradients.running_mean, wanted.gradients.running_mean), tolerance) << which;
  EXPECT_LT(difference(got.gradients.running_var, wanted.gradients.running_var), tolerance) << which;
  if (wanted.gradients.residual.defined()) {
    EXPECT_LT(difference(got.gradients.residual, wanted.gradients.residual), tolerance) << which;
  }
}

TEST(NormFunctionTest, IsTorchsBatchNormWithSumAndReluInItsGradientsToo) {
  const Layer layer = Layer::drawn();
  for (const bool relu : {false, true}) {
    for (const bool residual : {false, true}) {
      const std::string which = std::string(relu ? "relu" : "plain") + (residual ? " with a residual" : "");
      const Outcome exact = by_torch(layer.as(at::kDouble), relu, residual);
      expect_near(fused(layer.as(at::kFloat), relu, residual, false), exact, 1e-5, which);
    }
  }
}

TEST(NormFunctionTest, Bf16IsRoundedAlikeInBothStorages) {
  // The same bf16 values in, in either storage: activations and their gradients come out as the same bf16 values.
  Layer in_f32 = Layer::drawn();
  for (at::Tensor* tensor : {&in_f32.input, &in_f32.residual}) *tensor = tensor->to(at::kBFloat16).to(at::kFloat);
  Layer in_bf16 = in_f32.as(at::kFloat);
  for (at::Tensor* tensor : {&in_bf16.input, &in_bf16.residual}) *tensor = tensor->to(at::kBFloat16);
  const Outcome of_f32 = fused(in_f32, true, true, true), of_bf16 = fused(in_bf16, true, true, false);
  EXPECT_EQ(of_bf16.output.scalar_type(), at::kBFloat16);
  EXPECT_EQ(of_f32.output.scalar_type(), at::kFloat);
  EXPECT_TRUE(of_f32.output.equal(of_bf16.output.to(at::kFloat)));
  EXPECT_TRUE(of_f32.output.equal(of_f32.output.to(at::kBFloat16).to(at::kFloat)));
  EXPECT_EQ(of_bf16.gradients.weight.scalar_type(), at::kFloat);
}

TEST(NormFunctionTest, TakesChannelsLastOf64ChannelsInF32OrBf16) {
  const at::Tensor good = channels_last(at::zeros({2, 64, 3, 3}));
  EXPECT_TRUE(can_fuse_norm(good));
  EXPECT_TRUE(can_fuse_norm(good.to(at::kBFloat16)));
  EXPECT_TRUE(can_fuse_norm(channels_last(at::zeros({2, 128, 3, 3}))));
  EXPECT_FALSE(can_fuse_norm(good.to(at::kHalf)));
  EXPECT_FALSE(can_fuse_norm(good.to(at::kDouble)));
  EXPECT_FALSE(can_fuse_norm(good.contiguous()));
  EXPECT_FALSE(can_fuse_norm(channels_last(at::zeros({2, 65, 3, 3}))));
}

TEST(NormFunctionTest, RoundingIsTorchsAndLetsTheGradientThrough) {
  const at::Tensor values =
      (at::sin(at::arange(1003, at::kFloat)) * at::arange(1003, at::kFloat).exp2().clamp_max(1e30)).requires_grad_();
  const at::Tensor rounded = rounded_to_bf16(values);
  EXPECT_TRUE(rounded.equal(values.to(at::kBFloat16).to(at::kFloat)));
  EXPECT_FALSE(rounded.equal(values));
  rounded.sum().backward();
  EXPECT_TRUE(values.grad().eq(1).all().item<bool>());
}

}  // namespace
}  // namespace unmask
