// The faces of a loose picture or video, cropped as `unmask prepare` would: what a model judges.
//
//   InputPreparer preparer(prepare_options_from(model.info.preprocessing_json));
//   const PreparedInput input = preparer.prepare("clip.mp4", *frame_rule_from("32"), {});
//   for (const PreparedRow& row : input.rows) …  // row.info.track says whose face it is
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/prepare/clip_preparer.h"
#include "data/prepare/frame_rule.h"

namespace unmask {

struct PreparedInput {
  SourceFacts facts;              // what it is; a picture has one frame
  std::vector<PreparedRow> rows;  // in the order of frames; of a frame with several faces, one each
};

/// THREAD: one thread at a time.
class InputPreparer {
 public:
  /// THROWS Error(kUsage) as make_face_detector().
  explicit InputPreparer(const PrepareOptions& options);
  ~InputPreparer();
  /// Which frames of a video: `rule`. A crop has the bytes that a reader of prepare's store gets; where several people
  /// are seen, each has a track, 0 is the main one. Every fault of the file is in the facts and rows. `each` is called
  /// after each frame and may throw to stop. THROWS Error(kFailed) if no decoder can be started.
  PreparedInput prepare(const std::filesystem::path& file, const FrameRule& rule, const std::function<void()>& each);
  /// As the stores' preprocessing_json().
  std::string preprocessing() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
