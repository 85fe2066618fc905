#include "model/head.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "model/files/weight_file.h"
#include "tests/model/torchvision_reference.h"

namespace unmask {
namespace {

class HeadTest : public testing::TestWithParam<Head> {};

TEST_P(HeadTest, OfTorchvisionsFeaturesItMakesTorchvisionsLogits) {
  at::set_num_threads(1);
  const std::string path = reference_file(GetParam());
  const SafetensorsFile reference(path, SafetensorsFile::Digest::kIfPresent);
  Classifier classifier({.init = "file", .head = GetParam(), .dropout = 0.5});
  load_weights(classifier, reference, path, /*head_mismatch_ok=*/false);
  const at::Tensor logits = head_pass(classifier, tensor_of(reference, "eval.features"), {});
  EXPECT_LT(difference(logits, tensor_of(reference, "eval.logits")), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Heads, HeadTest, testing::Values(Head::kLinear, Head::kHidden));

}  // namespace
}  // namespace unmask
