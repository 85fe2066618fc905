// A model file of drawn weights, for tests that need a detector but no training.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/files/model_file.h"

namespace unmask {

/// Of a random start with this seed, fp32; `preprocessing`: how its crops would have been made.
inline void write_drawn_model(const std::filesystem::path& file, const std::string& preprocessing, int crop_px,
                              std::uint64_t seed = 3) {
  Classifier classifier(ModelOptions{.init = "random"});
  initialise_random(classifier, seed);
  std::vector<at::Tensor> weights;
  for (const NamedTensor& named : classifier.parameters()) weights.push_back(named.tensor.detach());
  for (const NamedTensor& named : classifier.running_statistics()) weights.push_back(named.tensor);
  ModelFileInfo info;
  info.model = classifier.options();
  info.precision = TrainPrecision::kFp32;
  info.bf16_arithmetic = Bf16Arithmetic::kF32;
  info.preprocessing_json = preprocessing;
  info.crop_px = crop_px;
  info.trained_json = "{}";
  write_model_file(file, /*attempt=*/1, classifier, weights, info);
}

}  // namespace unmask
