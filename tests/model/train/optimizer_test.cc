#include "model/train/optimizer.h"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/python.h"

namespace unmask {
namespace {

at::Tensor gradient_like(const at::Tensor& parameter, int step) {
  const at::Tensor index = at::arange(parameter.numel(), at::kFloat).reshape(parameter.sizes());
  at::Tensor gradient = at::empty_like(parameter.detach());
  gradient.copy_(at::sin(index * 0.7 + step));
  return gradient;
}

TEST(OptimizerTest, EqualsTorchsAdamWithL2InEveryLayout) {
  std::istringstream reference(test_support::run_python("tests/model/train/reference.py", {"adam"}));
  std::vector<double> wanted;
  for (double value = 0; reference >> value;) wanted.push_back(value);
  ASSERT_EQ(wanted.size(), 37u + 24u);
  OptimizerOptions options;
  options.weight_decay = 0.1;
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const std::vector<NamedTensor> parameters{
        {"a", at::arange(37, at::kFloat) / 10 - 1.5},
        {"b", (at::arange(24, at::kFloat).reshape({2, 3, 2, 2}) / 7).contiguous(format)}};
    Adam adam(options, parameters);
    for (int step = 0; step < 5; ++step) {
      adam.update({gradient_like(parameters[0].tensor, step), gradient_like(parameters[1].tensor, step)}, 1e-2, step);
    }
    const at::Tensor all = at::cat({parameters[0].tensor, parameters[1].tensor.contiguous().reshape(-1)});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_NEAR(all[static_cast<std::int64_t>(i)].item<double>(), wanted[i], 1e-6) << i;
    }
  }
}

TEST(OptimizerTest, RefusesAGradientOrAMomentOfAnotherLayout) {
  const at::Tensor nhwc = at::zeros({2, 3, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor nchw = at::zeros({2, 3, 2, 2});
  const std::vector<NamedTensor> parameters{{"a", at::zeros({2})}, {"b", nhwc.clone()}};
  const auto refusal = [&](const at::Tensor& gradient, const auto& change) {
    Adam adam(OptimizerOptions{}, parameters);
    change(adam);
    try {
      adam.update({at::zeros({2}), gradient}, 1e-2, 0);
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  const std::string refused = "Adam: gradient or moment 1 has other strides than its parameter";
  EXPECT_EQ(refusal(nhwc, [](Adam&) {}), "taken");
  EXPECT_EQ(refusal(nchw, [](Adam&) {}), refused);
  EXPECT_EQ(refusal(nhwc, [&](Adam& adam) { adam.exp_avg()[1] = nchw.clone(); }), refused);
  EXPECT_EQ(refusal(nhwc, [&](Adam& adam) { adam.exp_avg_sq()[1] = nchw.clone(); }), refused);
}

}  // namespace
}  // namespace unmask
