// A trained detector as one file: weights in torchvision's names, and how faces must be found, cropped and normalised.
//
//   const LoadedModel model = load_model_file("RUN/trials/0003/best.safetensors");
//   samples.require_preprocessing(model.info.preprocessing_json, "those that the model was trained on");
//   model.classifier.forward(images, {.precision = precision_from(model.info.precision, model.info.bf16_arithmetic)});
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/classifier.h"
#include "model/files/safetensors.h"
#include "model/precision.h"

namespace unmask {

struct ModelFileInfo {
  ModelOptions model;
  TrainPrecision precision = TrainPrecision::kAuto;  // resolved: of the body when it was trained and validated
  Bf16Arithmetic bf16_arithmetic = Bf16Arithmetic::kAuto;
  std::string preprocessing_json;  // of the crop stores
  int crop_px = 0;
  std::string trained_json;           // seed, datasets, epoch, step, init
  std::string calibration_json = {};  // model/score/calibration.h; "": uncalibrated, as every older file is
};

/// `weights`: parameters, then running statistics, in the classifier's order. Written durably.
void write_model_file(const std::filesystem::path& path, int attempt, const Classifier& classifier,
                      const std::vector<at::Tensor>& weights, const ModelFileInfo& info);

/// A model file, checked; its weights in a new classifier. THROWS Error(kData).
struct LoadedModel {
  ModelFileInfo info;
  Classifier classifier;
};
LoadedModel load_model_file(const std::filesystem::path& path);

}  // namespace unmask
