#include "data/prepare/prepare_options.h"

#include <optional>
#include <utility>

#include "base/option_faults.h"
#include "data/printable.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

constexpr int kFramesOfAVideo = 32;

struct NamedRule {
  std::string name;
  FrameRule rule;
};

/// "youtube: every 1"
std::optional<NamedRule> named_rule(const std::string& text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  const std::optional<FrameRule> rule = frame_rule_from(text.substr(colon + 2));
  if (!rule) return std::nullopt;
  return NamedRule{text.substr(0, colon), *rule};
}

std::optional<FrameRule> rule_for(const PrepareOptions& options, const std::string& name) {
  for (const std::string& text : options.frames_of) {
    const std::optional<NamedRule> named = named_rule(text);
    if (named && named->name == name) return named->rule;
  }
  return std::nullopt;
}

void check_frames(const PrepareOptions& o, OptionFaults& faults) {
  faults.in_range("prepare.frames", o.frames, 0, 1'000'000);
  faults.in_range("prepare.every", o.every, 0, 1'000'000);
  faults.in_range("prepare.seconds", o.seconds, 0, 86'400);
  const int asked = (o.frames > 0 ? 1 : 0) + (o.every > 0 ? 1 : 0) + (o.seconds > 0 ? 1 : 0);
  if (asked > 1) faults.add("prepare.frames, prepare.every and prepare.seconds exclude each other: keep one");
  for (const std::string& text : o.frames_of) {
    faults.need(named_rule(text).has_value(), "prepare.frames_of",
                "texts such as \"youtube: every 1\", \"base: 64\", \"celeb: 0.5 s\", \"frames: all\"",
                "\"" + printable(text) + "\"");
  }
}

}  // namespace

const std::string& tree_of(const PrepareOptions& options) {
  return options.root.empty() ? options.datasets : options.root;
}

FrameRule rule_of(const PrepareOptions& options, const std::string& dataset, const std::string& method,
                  bool is_video_file) {
  if (const auto rule = rule_for(options, method)) return *rule;
  if (const auto rule = rule_for(options, dataset)) return *rule;
  if (options.every > 0) return {FrameRule::Kind::kEvery, options.every, 0};
  if (options.seconds > 0) return {FrameRule::Kind::kSeconds, 0, options.seconds};
  if (options.frames > 0) return {FrameRule::Kind::kEvenly, options.frames, 0};
  return is_video_file ? FrameRule{FrameRule::Kind::kEvenly, kFramesOfAVideo, 0} : FrameRule{};
}

std::vector<std::string> ruled_names(const PrepareOptions& options) {
  std::vector<std::string> names;
  for (const std::string& text : options.frames_of) {
    if (const auto named = named_rule(text)) names.push_back(named->name);
  }
  return names;
}

std::vector<std::string> validate(const PrepareOptions& o) {
  OptionFaults faults;
  faults.need(!tree_of(o).empty(), "prepare.root", "a tree of videos or frames, or a CSV file that lists them", "\"\"");
  if (!o.root.empty() && !o.datasets.empty()) faults.add("prepare.root and prepare.datasets exclude each other");
  faults.need(!o.stores.empty(), "prepare.stores", "the folder to write to", "\"\"");
  check_dataset_names("prepare.names", o.names, faults);
  check_frames(o, faults);
  faults.in_range("prepare.crop_px", o.crop_px, 32, 1024);
  faults.in_range("prepare.box_scale", o.box_scale, 0.5, 4.0);
  faults.need(o.detector != DetectorKind::kYuNet || !o.detector_model.empty(), "prepare.detector_model",
              "the ONNX file that detector = \"yunet\" needs", "\"\"");
  faults.need(o.align == FaceAlignment::kNone || o.detector == DetectorKind::kYuNet, "prepare.align",
              "\"none\" (dlib gives no points; \"five_points\" needs detector = \"yunet\")", "\"five_points\"");
  faults.in_range("prepare.upsample", o.upsample, 0, 2);
  faults.in_range("prepare.detect_short_side_px", o.detect_short_side_px, 80, 4096);
  faults.in_range("prepare.max_pixels", o.max_pixels, 1, 268'435'456);
  faults.in_range("prepare.unit_frames", o.unit_frames, 1, 65'536);
  faults.in_range("prepare.frame_timeout_s", o.frame_timeout_s, 0.1, 3600.0);
  return faults.take();
}

}  // namespace unmask
