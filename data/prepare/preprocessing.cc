#include "data/prepare/preprocessing.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/printable.h"

namespace unmask {

std::string preprocessing_json(const PrepareOptions& options, const std::string& detector_version, bool imported) {
  nlohmann::json json = {
      {"format", 1},
      {"detector", to_word(options.detector)},
      {"detector_version", detector_version},
      {"detect_short_side_px", options.detect_short_side_px},
      {"faces", to_word(options.faces)},
      {"align", to_word(options.align)},
      {"box_scale", options.box_scale},
      {"crop_px", options.crop_px},
      {"resize", options.align == FaceAlignment::kNone ? "area when shrinking, else bilinear" : "bilinear"},
      {"encoding", to_word(options.encoding)},
      {"max_pixels", options.max_pixels}};
  if (options.detector == DetectorKind::kDlibHog) json["upsample"] = options.upsample;
  if (imported) json["imported"] = "crops of .npy files, resized alone";
  return json.dump();
}

PrepareOptions prepare_options_from(const std::string& preprocessing_json) {
  try {
    const nlohmann::json json = nlohmann::json::parse(preprocessing_json);
    PrepareOptions options;
    options.detector = require_word<DetectorKind>("detector", json.at("detector").get<std::string>());
    options.detect_short_side_px = json.at("detect_short_side_px");
    options.faces = require_word<FaceChoice>("faces", json.at("faces").get<std::string>());
    options.align = require_word<FaceAlignment>("align", json.at("align").get<std::string>());
    options.box_scale = json.at("box_scale");
    options.crop_px = json.at("crop_px");
    options.encoding = require_word<CropEncoding>("encoding", json.at("encoding").get<std::string>());
    options.max_pixels = json.at("max_pixels");
    if (json.contains("upsample")) options.upsample = json.at("upsample");
    return options;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kData, "how the model's crops were made can't be read (" + printable(error.what()) +
                                      "): prepare its stores again with this version, and train on them");
  }
}

std::string preprocessing_difference(const std::string& ours, const std::string& theirs) {
  const auto mine = nlohmann::json::parse(ours, nullptr, false), wanted = nlohmann::json::parse(theirs, nullptr, false);
  std::string text;
  for (const auto& [key, value] : wanted.items()) {
    if (key == "imported" || (mine.contains(key) && mine.at(key) == value)) continue;
    text += (text.empty() ? "" : ", ") + key + " is " + (mine.contains(key) ? mine.at(key).dump() : "not known") +
            " here, the model's is " + value.dump();
  }
  return printable(text);
}

}  // namespace unmask
