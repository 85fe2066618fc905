#include "data/prepare/preprocessing.h"

#include <nlohmann/json.hpp>

namespace unmask {

std::string preprocessing_json(const PrepareOptions& options, const std::string& detector_version, bool imported) {
  nlohmann::json json = {{"format", 1},
                         {"detector", to_word(options.detector)},
                         {"detector_version", detector_version},
                         {"detect_short_side_px", options.detect_short_side_px},
                         {"faces", to_word(options.faces)},
                         {"align", to_word(options.align)},
                         {"box_scale", options.box_scale},
                         {"crop_px", options.crop_px},
                         {"resize", "area when shrinking, else bilinear"},
                         {"encoding", to_word(options.encoding)},
                         {"max_pixels", options.max_pixels}};
  if (options.detector == DetectorKind::kDlibHog) json["upsample"] = options.upsample;
  if (imported) json["imported"] = "crops of .npy files, resized alone";
  return json.dump();
}

}  // namespace unmask
