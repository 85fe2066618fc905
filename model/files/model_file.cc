#include "model/files/model_file.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/files/safetensors.h"
#include "model/files/weight_file.h"

namespace unmask {
namespace {

using nlohmann::json;

ModelFileInfo read_info(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata) {
  const auto format = metadata.find("format");
  if (format == metadata.end() || format->second != kModelFormat) {
    throw Error(ErrorKind::kData, path.string() + ": is not a trained model (format is " +
                                      (format == metadata.end() ? "missing" : format->second) + ", wanted " +
                                      kModelFormat + ")");
  }
  try {
    const json model = json::parse(metadata.at("model"));
    ModelFileInfo info;
    info.model.init = "file";
    info.model.architecture = require_word<Architecture>("architecture", model.at("architecture").get<std::string>());
    info.model.head = require_word<Head>("head", model.at("head").get<std::string>());
    info.model.dropout = model.at("dropout").get<double>();
    info.crop_px = model.at("crop_px").get<int>();
    info.precision = require_word<TrainPrecision>("precision", model.at("precision").get<std::string>());
    // "f32" is what every file was made with before it had the word.
    info.bf16_arithmetic = require_word<Bf16Arithmetic>("bf16_arithmetic", model.value("bf16_arithmetic", "f32"));
    precision_from(info.precision, info.bf16_arithmetic);  // neither is "auto"
    info.preprocessing_json = metadata.at("preprocessing");
    info.trained_json = metadata.at("trained");
    if (const auto found = metadata.find(kCalibrationKey); found != metadata.end())
      info.calibration_json = found->second;
    return info;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kData,
                path.string() + ": the header's description of the model is damaged: " + error.what());
  }
}

}  // namespace

void write_model_file(const std::filesystem::path& path, int attempt, const Classifier& classifier,
                      const std::vector<at::Tensor>& weights, const ModelFileInfo& info) {
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& parameter : classifier.parameters()) tensors.push_back({parameter.name, {}});
  for (const NamedTensor& statistic : classifier.running_statistics()) tensors.push_back({statistic.name, {}});
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].tensor = weights[i];
  std::vector<at::Tensor> kept;
  const std::vector<TensorBytes> bytes = tensor_bytes(tensors, kept);
  const json model = {{"architecture", to_word(info.model.architecture)},
                      {"head", to_word(info.model.head)},
                      {"dropout", info.model.dropout},
                      {"crop_px", info.crop_px},
                      {"precision", to_word(info.precision)},
                      {"bf16_arithmetic", to_word(info.bf16_arithmetic)}};
  std::map<std::string, std::string> metadata = {{"format", kModelFormat},
                                                 {"model", model.dump()},
                                                 {"preprocessing", info.preprocessing_json},
                                                 {"trained", info.trained_json}};
  if (!info.calibration_json.empty()) metadata[kCalibrationKey] = info.calibration_json;
  write_safetensors(path, "attempt-" + std::to_string(attempt), bytes, metadata);
}

LoadedModel load_model_file(const std::filesystem::path& path) {
  const SafetensorsFile file(path, SafetensorsFile::Digest::kRequired);
  const ModelFileInfo info = read_info(path, file.metadata());
  LoadedModel loaded{info, Classifier(info.model)};
  load_weights(loaded.classifier, file, path.string(), /*head_mismatch_ok=*/false);
  return loaded;
}

}  // namespace unmask
