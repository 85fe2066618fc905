#include "model/classifier.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "base/error.h"
#include "model/files/weight_file.h"
#include "tests/model/drawn_weights.h"
#include "tests/model/torchvision_reference.h"

namespace unmask {
namespace {

at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  return at::cross_entropy_loss(logits, labels);
}

Classifier random_classifier(Head head, double dropout, std::uint64_t seed = 3) {
  Classifier classifier({.init = "random", .head = head, .dropout = dropout});
  initialise_drawn(classifier, seed);
  return classifier;
}

at::Tensor some_images(std::int64_t n, std::int64_t px) {
  at::Tensor images = at::arange(n * 3 * px * px, at::kFloat).mul_(0.37).sin_().reshape({n, 3, px, px});
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

class ClassifierTest : public testing::TestWithParam<Head> {
 protected:
  void SetUp() override { at::set_num_threads(1); }
};

TEST_P(ClassifierTest, EqualsTorchvisionInEvalAndTrainMode) {
  const SafetensorsFile reference(reference_file(GetParam()), SafetensorsFile::Digest::kIfPresent);
  Classifier classifier({.init = "random", .head = GetParam(), .dropout = 0});
  EXPECT_TRUE(load_weights(classifier, reference, "reference", false).empty());
  const at::Tensor images = tensor_of(reference, "images");

  const at::Tensor scored = classifier.forward(images, {.training = false});
  EXPECT_LT(difference(scored, tensor_of(reference, "eval.logits")), 1e-5);

  const at::Tensor logits = classifier.forward(images, {.training = true});
  EXPECT_LT(difference(logits, tensor_of(reference, "train.logits")), 1e-5);
  mean_cross_entropy(logits, tensor_of(reference, "labels")).backward();
  for (const NamedTensor& parameter : classifier.parameters()) {
    const at::Tensor& gradient = parameter.tensor.grad();
    // Where fp32 itself is further off than 1e-5, ours is as near to the truth as torchvision's.
    const double bound = std::max(1e-5, 2.0 * tensor_of(reference, "error." + parameter.name).item<double>());
    EXPECT_LT(difference(gradient, tensor_of(reference, "grad." + parameter.name)), bound) << parameter.name;
  }
  for (const NamedTensor& running : classifier.running_statistics()) {
    EXPECT_LT(difference(running.tensor, tensor_of(reference, "after." + running.name)), 1e-5) << running.name;
  }
}

TEST_P(ClassifierTest, TensorsAreThoseOfTheShapesWithoutTorch) {
  const Classifier classifier({.init = "random", .head = GetParam()});
  const NetworkShapes shapes = network_shapes({.head = GetParam()});
  ASSERT_EQ(classifier.parameters().size(), shapes.parameters.size());
  ASSERT_EQ(classifier.running_statistics().size(), shapes.running_statistics.size());
  for (std::size_t i = 0; i < shapes.parameters.size(); ++i) {
    const auto& [name, tensor] = classifier.parameters()[i];
    EXPECT_EQ(name, shapes.parameters[i].name);
    EXPECT_EQ(tensor.sizes().vec(), shapes.parameters[i].shape) << name;
    EXPECT_TRUE(tensor.requires_grad()) << name;
    EXPECT_EQ(tensor.scalar_type(), at::kFloat) << name;
    if (tensor.dim() == 4) {
      EXPECT_TRUE(tensor.is_contiguous(at::MemoryFormat::ChannelsLast)) << name;
    }
  }
  for (std::size_t i = 0; i < shapes.running_statistics.size(); ++i) {
    const auto& [name, tensor] = classifier.running_statistics()[i];
    EXPECT_EQ(name, shapes.running_statistics[i].name);
    EXPECT_EQ(tensor.sizes().vec(), shapes.running_statistics[i].shape) << name;
    EXPECT_FALSE(tensor.requires_grad()) << name;
    EXPECT_TRUE(tensor.eq(name.ends_with("running_var") ? 1 : 0).all().item<bool>()) << name;
  }
}

TEST_P(ClassifierTest, GradientsOfEveryPrecisionHaveTheParametersStrides) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kBf16InF32}) {
    Classifier classifier = random_classifier(GetParam(), 0.5);
    const at::Tensor logits = classifier.forward(some_images(4, 64), {.training = true, .precision = precision});
    EXPECT_EQ(logits.scalar_type(), at::kFloat);
    std::vector<at::Tensor> inputs;
    for (const NamedTensor& parameter : classifier.parameters()) inputs.push_back(parameter.tensor);
    logits.square().sum().backward();
    for (const NamedTensor& parameter : classifier.parameters()) {
      ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
      EXPECT_EQ(parameter.tensor.grad().strides(), parameter.tensor.strides()) << parameter.name;
      EXPECT_EQ(parameter.tensor.grad().scalar_type(), at::kFloat);
      EXPECT_GT(parameter.tensor.grad().abs().max().item<double>(), 0) << parameter.name;
    }
  }
}

TEST_P(ClassifierTest, BackwardFinishesParametersInTheStatedOrder) {
  Classifier classifier = random_classifier(GetParam(), 0.5);
  std::vector<int> seen;
  for (int i = 0; i < static_cast<int>(classifier.parameters().size()); ++i) {
    const at::Tensor& tensor = classifier.parameters()[static_cast<std::size_t>(i)].tensor;
    tensor.register_hook([&seen, i](const at::Tensor&) { seen.push_back(i); });
  }
  classifier.forward(some_images(4, 64), {.training = true}).square().sum().backward();
  std::string names;
  for (int i : seen) names += classifier.parameters()[static_cast<std::size_t>(i)].name + " ";
  EXPECT_EQ(seen, classifier.backward_order()) << names;
}

TEST_P(ClassifierTest, OneSampleIsRefusedInTrainingWhereANormNeedsTwo) {
  Classifier classifier = random_classifier(GetParam(), 0.5);
  if (GetParam() == Head::kHidden) {
    EXPECT_THROW(classifier.forward(some_images(1, 64), {.training = true}), Error);
  } else {
    EXPECT_EQ(classifier.forward(some_images(1, 64), {.training = true}).size(0), 1);
  }
  EXPECT_THROW(classifier.forward(some_images(1, 32), {.training = true}), Error);
  EXPECT_EQ(classifier.forward(some_images(1, 32), {.training = false}).size(0), 1);
}

TEST_P(ClassifierTest, TheSameStepGivesTheSameBits) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kBf16InF32}) {
    std::vector<at::Tensor> gradients[2];
    for (std::vector<at::Tensor>& run : gradients) {
      Classifier classifier = random_classifier(GetParam(), 0.75);
      const ForwardContext context{.training = true, .precision = precision, .seed = 5, .step = 2, .first_slot = 8};
      classifier.forward(some_images(4, 64), context).square().sum().backward();
      for (const NamedTensor& parameter : classifier.parameters()) run.push_back(parameter.tensor.grad());
    }
    for (std::size_t i = 0; i < gradients[0].size(); ++i) EXPECT_TRUE(gradients[0][i].equal(gradients[1][i])) << i;
  }
}

TEST_P(ClassifierTest, BothWaysOfBf16AreNearFp32) {
  Classifier classifier = random_classifier(GetParam(), 0);
  const at::Tensor images = some_images(4, 64);
  const at::Tensor exact = classifier.forward(images, {.training = true});
  for (const Precision precision : {Precision::kBf16, Precision::kBf16InF32}) {
    const at::Tensor rounded = classifier.forward(images, {.training = true, .precision = precision});
    EXPECT_LT(difference(rounded, exact.detach()), 0.3);
    EXPECT_GT(difference(rounded, exact.detach()), 1e-5) << "bf16 rounds nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Heads, ClassifierTest, testing::Values(Head::kLinear, Head::kHidden));

/// The dropout mask of the linear head. The body is made to give features of one, so that the gradient of logit 0 of
/// sample i by row 0 of fc.weight is that sample's mask.
at::Tensor dropout_mask(std::uint64_t seed, std::uint32_t step, std::uint32_t first_slot, std::int64_t n, double p) {
  Classifier classifier({.init = "random", .head = Head::kLinear, .dropout = p});
  at::Tensor head_weight;
  for (const NamedTensor& parameter : classifier.parameters()) {
    const at::Tensor values = parameter.tensor.detach();
    if (parameter.name.starts_with("layer4.") && parameter.tensor.dim() == 1) values.zero_();
    if (parameter.name == "layer4.1.bn2.bias") values.fill_(1);
    if (parameter.name == "fc.weight") head_weight = parameter.tensor;
  }
  const ForwardContext context{.training = true, .seed = seed, .step = step, .first_slot = first_slot};
  const at::Tensor logits = classifier.forward(some_images(n, 64), context);
  at::Tensor mask = at::empty({n, 512}, at::kFloat);
  for (std::int64_t i = 0; i < n; ++i) {
    head_weight.mutable_grad().reset();
    logits[i][0].backward({}, true, false, {{head_weight}});
    mask[i].copy_(head_weight.grad()[0]);
  }
  return mask;
}

TEST(ClassifierDropoutTest, KeepsTheStatedShareAndScalesIt) {
  const at::Tensor mask = dropout_mask(1, 2, 0, 16, 0.75);
  const at::Tensor kept = mask.gt(0);
  EXPECT_TRUE(mask.masked_select(kept).eq(4).all().item<bool>());
  EXPECT_TRUE(mask.masked_select(kept.logical_not()).eq(0).all().item<bool>());
  // 8,192 units: five standard deviations of the share are 0.024.
  EXPECT_NEAR(kept.to(at::kFloat).mean().item<double>(), 0.25, 0.024);
}

TEST(ClassifierDropoutTest, DoesNotDependOnTheCutIntoMicrobatches) {
  const at::Tensor whole = dropout_mask(1, 2, 32, 8, 0.5);
  EXPECT_TRUE(at::cat({dropout_mask(1, 2, 32, 3, 0.5), dropout_mask(1, 2, 35, 5, 0.5)}).equal(whole));
}

TEST(ClassifierDropoutTest, DiffersBySeedStepAndSlot) {
  const at::Tensor mask = dropout_mask(1, 2, 0, 4, 0.5);
  EXPECT_TRUE(dropout_mask(1, 2, 0, 4, 0.5).equal(mask));
  EXPECT_FALSE(dropout_mask(2, 2, 0, 4, 0.5).equal(mask));
  EXPECT_FALSE(dropout_mask(1, 3, 0, 4, 0.5).equal(mask));
  EXPECT_FALSE(dropout_mask(1, 2, 1, 4, 0.5).equal(mask));
  EXPECT_FALSE(mask[0].equal(mask[1]));
}

TEST(ClassifierInitialiseTest, DrawsTorchvisionsDistributionsByName) {
  Classifier a({.init = "random", .head = Head::kHidden}), b({.init = "random", .head = Head::kLinear});
  initialise_random(a, 1);
  initialise_random(b, 1);
  const auto find = [](const Classifier& classifier, const std::string& name) {
    for (const NamedTensor& parameter : classifier.parameters()) {
      if (parameter.name == name) return parameter.tensor.detach();
    }
    throw std::runtime_error(name);
  };
  EXPECT_TRUE(find(a, "layer3.0.conv1.weight").equal(find(b, "layer3.0.conv1.weight")));
  const at::Tensor conv = find(a, "layer4.1.conv2.weight");  // 2,359,296 values
  EXPECT_NEAR(conv.mean().item<double>(), 0, 1e-4);
  EXPECT_NEAR(conv.std().item<double>(), std::sqrt(2.0 / (512 * 9)), 1e-4);
  const at::Tensor linear = find(a, "fc.1.weight"), bias = find(a, "fc.1.bias");
  const double bound = 1 / std::sqrt(512.0);
  EXPECT_LE(linear.abs().max().item<double>(), bound);
  EXPECT_GT(linear.abs().max().item<double>(), 0.999 * bound);
  EXPECT_LE(bias.abs().max().item<double>(), bound);
  EXPECT_GT(bias.abs().max().item<double>(), 0.9 * bound);
  EXPECT_TRUE(find(a, "bn1.weight").eq(1).all().item<bool>());
  EXPECT_TRUE(find(a, "fc.3.bias").eq(0).all().item<bool>());
  EXPECT_FALSE(find(random_classifier(Head::kLinear, 0.5, 2), "conv1.weight").equal(find(b, "conv1.weight")));
}

}  // namespace
}  // namespace unmask
