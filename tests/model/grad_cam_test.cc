#include "model/grad_cam.h"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "model/files/weight_file.h"
#include "tests/model/torchvision_reference.h"

namespace unmask {
namespace {

class GradCamTest : public testing::TestWithParam<Head> {
 protected:
  GradCamTest()
      : path_(reference_file(GetParam())),
        held_(path_, SafetensorsFile::Digest::kIfPresent),
        classifier_({.init = "file", .head = GetParam()}) {
    at::set_num_threads(1);
    load_weights(classifier_, held_, path_, /*head_mismatch_ok=*/false);
  }
  std::string path_;
  SafetensorsFile held_;
  Classifier classifier_;
};

TEST_P(GradCamTest, IsTheOneOfHooksOnTorchvisionsNetwork) {
  const at::Tensor images = tensor_of(held_, "images");
  const at::NoGradGuard no_grad;  // as its callers have
  for (const int output : {0, 1}) {
    const at::Tensor cam = tensor_of(held_, "cam." + std::to_string(output));
    EXPECT_EQ(cam.sizes().vec(), (std::vector<std::int64_t>{4, 2, 2}));
    EXPECT_GT(cam.max().item<double>(), 0);
    EXPECT_LT(difference(grad_cam(classifier_, images, output), cam), 1e-3) << output;
    EXPECT_LT(difference(grad_cam(classifier_, images.slice(0, 1, 2), output), cam.slice(0, 1, 2)), 1e-3) << "alone";
  }
}

TEST_P(GradCamTest, LeavesNoGradients) {
  grad_cam(classifier_, tensor_of(held_, "images"), 1);
  for (const NamedTensor& parameter : classifier_.parameters())
    EXPECT_FALSE(parameter.tensor.grad().defined()) << parameter.name;
}

INSTANTIATE_TEST_SUITE_P(Heads, GradCamTest, testing::Values(Head::kLinear, Head::kHidden));

}  // namespace
}  // namespace unmask
