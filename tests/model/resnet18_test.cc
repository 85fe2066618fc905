#include "model/resnet18.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/resnet18_layout.h"
#include "tests/model/torchvision_reference.h"

namespace unmask {
namespace {

class Resnet18Test : public testing::Test {
 protected:
  Resnet18Test() : reference_(reference_file(Head::kLinear), SafetensorsFile::Digest::kIfPresent) {
    at::set_num_threads(1);
    const NetworkShapes shapes = resnet18_layout().shapes;
    for (const TensorShape& shape : shapes.parameters) parameters_.push_back({shape.name, of_reference(shape.name)});
    for (const TensorShape& shape : shapes.running_statistics)
      running_.push_back({shape.name, of_reference(shape.name)});
  }
  at::Tensor of_reference(const std::string& name) const { return tensor_of(reference_, name); }
  at::Tensor features(const at::Tensor& images, bool training, Precision precision = Precision::kFp32) const {
    return resnet18_features(parameters_, running_, images, training, precision);
  }

  SafetensorsFile reference_;
  std::vector<NamedTensor> parameters_, running_;
};

TEST_F(Resnet18Test, FeaturesAreTorchvisions) {
  const at::Tensor got = features(of_reference("images"), false);
  EXPECT_EQ(got.sizes().vec(), (std::vector<std::int64_t>{4, 512}));
  EXPECT_LT(difference(got, of_reference("eval.features")), 1e-5);
}

TEST_F(Resnet18Test, EveryPrecisionIsNearTorchvisionsDoubleAndGivesFloats) {
  for (const Precision precision : {Precision::kBf16, Precision::kBf16InF32}) {
    const at::Tensor got = features(of_reference("images"), false, precision);
    EXPECT_EQ(got.scalar_type(), at::kFloat);
    const double off = difference(got, of_reference("eval.features"));
    EXPECT_LT(off, 0.1);
    EXPECT_GT(off, 1e-4) << "bf16 rounds nothing";
  }
}

TEST_F(Resnet18Test, RunningStatisticsMoveInTrainingAlone) {
  const at::Tensor before = running_.front().tensor.clone();
  features(of_reference("images"), false);
  EXPECT_TRUE(running_.front().tensor.equal(before));
  features(of_reference("images"), true);
  for (const NamedTensor& statistic : running_)
    EXPECT_LT(difference(statistic.tensor, of_reference("after." + statistic.name)), 1e-5) << statistic.name;
}

TEST_F(Resnet18Test, OneValueAChannelIsRefusedInTrainingByTheNormsName) {
  // Of 32 px one pixel is left in the last stage.
  const at::Tensor images = at::zeros({1, 3, 32, 32}, at::kFloat);
  EXPECT_EQ(features(images, false).size(0), 1);
  try {
    features(images, true);
    ADD_FAILURE() << "trained";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_TRUE(std::string(error.what()).starts_with("layer4.0.bn1.weight: batch normalisation needs more than one"))
        << error.what();
  }
}

}  // namespace
}  // namespace unmask
