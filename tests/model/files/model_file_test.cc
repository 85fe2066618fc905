#include "model/files/model_file.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/files/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// What load_model_file says of a file that describes its model so.
std::string refusal(const nlohmann::json& model) {
  const test_support::TemporaryFolder folder;
  const auto file = folder / "best.safetensors";
  write_safetensors(file, "1", {},
                    {{"format", kModelFormat}, {"model", model.dump()}, {"preprocessing", "{}"}, {"trained", "{}"}});
  try {
    load_model_file(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "nothing was refused";
}

TEST(ModelFileTest, KeepsItsWordsAndReadsThemAgain) {
  const test_support::TemporaryFolder folder;
  const auto file = folder / "best.safetensors";
  const ModelFileInfo info{.model = {.init = "random", .head = Head::kHidden, .dropout = 0.5},
                           .precision = TrainPrecision::kBf16,
                           .bf16_arithmetic = Bf16Arithmetic::kNative,
                           .preprocessing_json = "{}",
                           .crop_px = 32,
                           .trained_json = "{}"};
  const Classifier classifier(info.model);
  std::vector<at::Tensor> weights;
  for (const NamedTensor& named : classifier.parameters()) weights.push_back(named.tensor.detach());
  for (const NamedTensor& named : classifier.running_statistics()) weights.push_back(named.tensor);
  write_model_file(file, 1, classifier, weights, info);
  EXPECT_EQ(SafetensorsFile(file, SafetensorsFile::Digest::kRequired).metadata().at("model"),
            R"({"architecture":"resnet18","bf16_arithmetic":"native","crop_px":32,"dropout":0.5,"head":"hidden",)"
            R"("precision":"bf16"})");
  const ModelFileInfo read = load_model_file(file).info;
  EXPECT_EQ(read.model.head, Head::kHidden);
  EXPECT_EQ(precision_from(read.precision, read.bf16_arithmetic), Precision::kBf16);
  EXPECT_EQ(read.calibration_json, "");
  EXPECT_FALSE(SafetensorsFile(file, SafetensorsFile::Digest::kRequired).metadata().contains(kCalibrationKey));
  ModelFileInfo calibrated = info;
  calibrated.calibration_json = "{}";
  write_model_file(file, 1, classifier, weights, calibrated);
  EXPECT_EQ(load_model_file(file).info.calibration_json, "{}");
}

TEST(ModelFileTest, AnUnknownWordIsRefusedByName) {
  const nlohmann::json good = {
      {"architecture", "resnet18"}, {"head", "linear"}, {"dropout", 0}, {"crop_px", 32}, {"precision", "bf16"}};
  EXPECT_NE(refusal(good).find("conv1.weight"), std::string::npos) << "only the weights are missing: " << refusal(good);
  const std::vector<std::vector<std::string>> cases = {
      {"architecture", "resnet50", "architecture is \"resnet50\", wanted one of \"resnet18\""},
      {"head", "deep", "head is \"deep\", wanted one of \"linear\", \"hidden\""},
      {"precision", "fp8", "precision is \"fp8\", wanted one of \"auto\", \"bf16\", \"fp16\", \"fp32\""},
      {"precision", "auto", "precision \"auto\""},
      {"bf16_arithmetic", "bf8", "bf16_arithmetic is \"bf8\", wanted one of \"auto\", \"native\", \"f32\""},
      {"bf16_arithmetic", "auto", "bf16_arithmetic \"auto\""},
  };
  for (const auto& each : cases) {
    nlohmann::json bad = good;
    bad[each[0]] = each[1];
    const std::string text = refusal(bad);
    EXPECT_NE(text.find(each[2]), std::string::npos) << text;
    EXPECT_NE(text.find("best.safetensors"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace unmask
