#include "data/prepare/prepare_options.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "data/layouts/frame_list.h"

namespace unmask {
namespace {

void require(bool ok, std::vector<std::string>& problems, const std::string& problem) {
  if (!ok) problems.push_back("prepare." + problem);
}

}  // namespace

std::vector<std::string> validate(const PrepareOptions& o) {
  std::vector<std::string> problems;
  const auto number = [&](const char* key, auto value, auto low, auto high) {
    require(value >= low && value <= high, problems,
            std::string(key) + " is " + nlohmann::json(value).dump() + "; wanted: " + nlohmann::json(low).dump() +
                " to " + nlohmann::json(high).dump());
  };
  require(!o.datasets.empty(), problems, "datasets is empty; wanted: the folder that holds <name>_deepfake");
  require(!o.stores.empty(), problems, "stores is empty; wanted: the folder to write to");
  for (std::size_t i = 0; i < o.names.size(); ++i) {
    const std::string& name = o.names[i];
    require(is_dataset_name(name), problems,
            "names: \"" + printable(name) + "\" is no dataset's name; wanted: letters, digits, '_', '-', '.'");
    require(std::count(o.names.begin(), o.names.begin() + static_cast<std::ptrdiff_t>(i), name) == 0, problems,
            "names: \"" + printable(name) + "\" is there twice");
    require(name != "both", problems,
            "names: \"both\" is an alias of base and augment; wanted: [\"base\", \"augment\"]");
  }
  number("crop_px", o.crop_px, 16, 1024);
  number("box_scale", o.box_scale, 0.5, 4.0);
  require(o.detector != DetectorKind::kYuNet || !o.detector_model.empty(), problems,
          "detector_model is empty; detector = \"yunet\" wants its ONNX file");
  number("upsample", o.upsample, 0, 2);
  number("detect_short_side_px", o.detect_short_side_px, 80, 4096);
  number("max_pixels", o.max_pixels, std::int64_t{1}, std::int64_t{268'435'456});
  number("unit_frames", o.unit_frames, 1, 65'536);
  return problems;
}

}  // namespace unmask
