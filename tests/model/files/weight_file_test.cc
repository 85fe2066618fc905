#include "model/files/weight_file.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/model/files/sine_weights.h"

namespace unmask {
namespace {

TEST(WeightFileTest, WhatIsSavedIsLoadedBitByBit) {
  for (const Head head : {Head::kLinear, Head::kHidden}) {
    const Classifier saved = random_classifier(head, 1);
    const std::string path = save(saved, "round_trip_" + to_word(head));
    Classifier loaded = random_classifier(head, 2);
    EXPECT_FALSE(equal(saved, loaded));
    EXPECT_TRUE(load_weights(loaded, SafetensorsFile(path, SafetensorsFile::Digest::kRequired), path, false).empty());
    EXPECT_TRUE(equal(saved, loaded));
    EXPECT_EQ(loaded.parameters()[0].tensor.strides(), saved.parameters()[0].tensor.strides());
  }
}

TEST(WeightFileTest, AnotherHeadIsLeftAsItIsAndNamedOrRefused) {
  const std::string path = save(random_classifier(Head::kLinear, 1), "other_head");
  const SafetensorsFile file(path, SafetensorsFile::Digest::kRequired);
  Classifier hidden = random_classifier(Head::kHidden, 2);
  const Classifier before = random_classifier(Head::kHidden, 2);
  const std::string message = message_of([&] { load_weights(hidden, file, path, false); });
  EXPECT_NE(message.find("fc.1.weight is missing, wanted [256, 512]"), std::string::npos) << message;
  EXPECT_TRUE(equal(hidden, before));
  const std::vector<std::string> left = load_weights(hidden, file, path, true);
  EXPECT_EQ(left.size(), 8u);
  EXPECT_TRUE(hidden.parameters()[62].tensor.equal(before.parameters()[62].tensor));
  EXPECT_FALSE(hidden.parameters()[0].tensor.equal(before.parameters()[0].tensor));
}

TEST(WeightFileTest, AWrongShapeAMissingTensorAndANaNAreNamed) {
  const Classifier classifier = random_classifier(Head::kLinear, 1);
  std::vector<at::Tensor> kept;
  const std::vector<TensorBytes> state = tensor_bytes(all_tensors(classifier), kept);
  const std::string path = temporary("damaged");
  const auto refuse = [&](const std::vector<TensorBytes>& tensors) {
    write_safetensors(path, "1", tensors, {});
    Classifier target = random_classifier(Head::kLinear, 2);
    const Classifier before = random_classifier(Head::kLinear, 2);
    const std::string message = message_of(
        [&] { load_weights(target, SafetensorsFile(path, SafetensorsFile::Digest::kRequired), path, true); });
    EXPECT_TRUE(equal(target, before)) << "something was loaded";
    EXPECT_NE(message.find(path), std::string::npos);
    return message;
  };
  auto changed = state;
  changed[0].shape = {64, 3, 49};
  EXPECT_NE(refuse(changed).find("conv1.weight is [64, 3, 49], wanted [64, 3, 7, 7]"), std::string::npos);
  changed = state;
  changed.erase(changed.begin() + 3);
  EXPECT_NE(refuse(changed).find("layer1.0.conv1.weight is missing"), std::string::npos);
  changed = state;
  changed.push_back({"layer1.0.conv3.weight", "F32", {64, 3, 7, 7}, state[0].bytes});
  EXPECT_NE(refuse(changed).find("layer1.0.conv3.weight"), std::string::npos);
  changed = state;
  changed[0].dtype = "I32";
  EXPECT_NE(refuse(changed).find("I32"), std::string::npos);
  changed = state;
  at::Tensor bad = classifier.parameters()[0].tensor.detach().contiguous().clone();
  bad.view({-1})[5] = NAN;
  changed[0].bytes = {static_cast<const std::byte*>(bad.const_data_ptr()), changed[0].bytes.size()};
  EXPECT_NE(refuse(changed).find("conv1.weight holds a value that is not finite"), std::string::npos);
}

}  // namespace
}  // namespace unmask
