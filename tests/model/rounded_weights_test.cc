#include "model/rounded_weights.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "tests/model/drawn_weights.h"

namespace unmask {
namespace {

at::Tensor images() { return at::arange(2 * 3 * 32 * 32, at::kFloat).sin().view({2, 32, 32, 3}).permute({0, 3, 1, 2}); }

struct Pass {
  at::Tensor logits;
  std::vector<at::Tensor> gradients;
};

Pass pass(Precision precision, bool rounded_before) {
  Classifier classifier({.init = "random", .head = Head::kLinear});
  initialise_drawn(classifier, 3);
  RoundedWeights weights(classifier, precision);
  {
    const at::NoGradGuard no_grad;
    for (NamedTensor& parameter : classifier.parameters()) parameter.tensor.mul_(1.1);  // after they were made
  }
  weights.round();
  const at::Tensor logits = classifier.forward(
      images(),
      {.training = true, .precision = precision, .seed = 1, .weights = rounded_before ? &weights.tensors() : nullptr});
  logits.square().sum().backward();
  Pass result{logits.detach(), {}};
  for (const NamedTensor& weight : rounded_before ? weights.tensors() : classifier.parameters())
    result.gradients.push_back(weight.tensor.grad());
  return result;
}

TEST(RoundedWeightsTest, GiveTheBitsOfAPassThatRoundsThemItself) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kBf16InF32}) {
    const Pass wanted = pass(precision, false), found = pass(precision, true);
    EXPECT_TRUE(at::equal(found.logits, wanted.logits));
    for (std::size_t i = 0; i < wanted.gradients.size(); ++i) {
      EXPECT_TRUE(at::equal(found.gradients[i].to(at::kFloat), wanted.gradients[i])) << i;
      EXPECT_EQ(found.gradients[i].strides(), wanted.gradients[i].strides()) << i;
    }
  }
}

TEST(RoundedWeightsTest, AreTheParametersThemselvesWhereNothingIsRounded) {
  const Classifier classifier({.init = "random", .head = Head::kHidden});
  for (const Precision precision : {Precision::kFp32, Precision::kBf16InF32}) {
    const RoundedWeights weights(classifier, precision);
    for (std::size_t i = 0; i < weights.tensors().size(); ++i)
      EXPECT_TRUE(weights.tensors()[i].tensor.is_same(classifier.parameters()[i].tensor));
  }
  const RoundedWeights halves(classifier, Precision::kFp16);
  for (std::size_t i = 0; i < halves.tensors().size(); ++i) {
    const bool is_convolution = classifier.shapes().parameters[i].role == TensorRole::kConvolution;
    EXPECT_EQ(halves.tensors()[i].tensor.scalar_type(), is_convolution ? at::kHalf : at::kFloat);
    EXPECT_EQ(halves.tensors()[i].name, classifier.parameters()[i].name);
  }
}

}  // namespace
}  // namespace unmask
