#include "model/classifier.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <set>

#include "base/error.h"
#include "model/weight_file.h"

namespace unmask {
namespace {

/// Made once a head and process.
std::string reference_file(const std::string& head) {
  static std::set<std::string> made;
  const std::string path = testing::TempDir() + "classifier_reference_" + head + ".safetensors";
  const std::string command = std::string(UNMASK_PYTHON) + " " + UNMASK_SOURCE_DIR +
                              "/tests/model/classifier_reference.py " + head + " " + path;
  if (made.insert(head).second) {
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }
  return path;
}

at::Tensor tensor_of(const SafetensorsFile& file, const std::string& name) {
  const TensorBytes* bytes = file.find(name);
  if (bytes == nullptr) throw std::runtime_error("reference has no " + name);
  at::Tensor tensor = at::empty(bytes->shape, bytes->dtype == "I64" ? at::kLong : at::kFloat);
  std::memcpy(tensor.data_ptr(), bytes->bytes.data(), bytes->bytes.size());
  return tensor;
}

/// The largest difference, relative to the largest value of the tensor.
double difference(const at::Tensor& got, const at::Tensor& wanted) {
  const double scale = wanted.abs().max().item<double>();
  return (got.detach() - wanted).abs().max().item<double>() / std::max(scale, 1e-6);
}

at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  return at::cross_entropy_loss(logits, labels);
}

Classifier random_classifier(const std::string& head, double dropout, std::uint64_t seed = 3) {
  Classifier classifier({.init = "random", .head = head, .dropout = dropout});
  initialise_random(classifier, seed);
  return classifier;
}

at::Tensor some_images(std::int64_t n, std::int64_t px) {
  at::Tensor images = at::arange(n * 3 * px * px, at::kFloat).mul_(0.37).sin_().reshape({n, 3, px, px});
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

class ClassifierOfHead : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { at::set_num_threads(1); }
};

TEST_P(ClassifierOfHead, EqualsTorchvisionInEvalAndTrainMode) {
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

TEST_P(ClassifierOfHead, HasTorchvisionsNamesInItsOrder) {
  const SafetensorsFile reference(reference_file(GetParam()), SafetensorsFile::Digest::kIfPresent);
  Classifier classifier({.init = "random", .head = GetParam()});
  std::set<std::string> ours, theirs;
  for (const NamedTensor& parameter : classifier.parameters()) ours.insert(parameter.name);
  for (const TensorBytes& tensor : reference.tensors()) {
    if (tensor.name.starts_with("grad.")) theirs.insert(tensor.name.substr(5));
  }
  EXPECT_EQ(ours, theirs);
}

TEST_P(ClassifierOfHead, GradientsOfEveryPrecisionHaveTheParametersStrides) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
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

TEST_P(ClassifierOfHead, BackwardFinishesParametersInTheStatedOrder) {
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

INSTANTIATE_TEST_SUITE_P(Heads, ClassifierOfHead, testing::Values("linear", "hidden"));

}  // namespace
}  // namespace unmask
