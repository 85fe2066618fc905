#include "data/prepare/preprocessing.h"

#include <nlohmann/json.hpp>

namespace unmask {

std::string preprocessing_json(const PrepareOptions& options, const std::string& detector_version) {
  nlohmann::json json = {{"format", 1},
                         {"detector", to_word(options.detector)},
                         {"detector_version", detector_version},
                         {"detect_short_side_px", options.detect_short_side_px},
                         {"face", "highest score"},
                         {"box_scale", options.box_scale},
                         {"crop_px", options.crop_px},
                         {"resize", "area when shrinking, else bilinear"},
                         {"encoding", to_word(options.encoding)},
                         {"max_pixels", options.max_pixels}};
  if (options.detector == DetectorKind::kDlibHog) json["upsample"] = options.upsample;
  return json.dump();
}

}  // namespace unmask
