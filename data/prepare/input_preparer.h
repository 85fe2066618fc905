// The faces of a loose picture or video, cropped as `unmask prepare` would: what a model judges.
//
//   InputPreparer preparer(prepare_options_from(model.info.preprocessing_json));
//   const PreparedInput input = preparer.prepare("clip.mp4", *frame_rule_from("32"), {});
//   for (const PreparedRow& row : input.rows) …  // row.info.track says whose face it is
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/prepare/clip_preparer.h"
#include "data/prepare/frame_rule.h"

namespace unmask {

/// A stream is a long video, of which faces are looked for faster than for a model's training: tracked, and in frames
/// scaled down to so many lines where the options want more. Its crops are cut out as those of other videos.
constexpr int kStreamLines = 360;

/// Where a face was cut out.
struct CutFace {
  std::uint32_t frame = 0;
  FaceBox box;
  std::optional<FivePoints> points = {};  // as PreparedRow's
};

struct PreparedInput {
  SourceFacts facts;              // what it is; a picture has one frame
  std::vector<PreparedRow> rows;  // in the order of frames; of a frame with several faces, one each
};

/// THREAD: one thread at a time.
class InputPreparer {
 public:
  /// THROWS Error(kUsage) as make_face_detector().
  explicit InputPreparer(const PrepareOptions& options, bool is_stream = false);
  ~InputPreparer();
  /// Which frames of a video: `rule`. A crop has the bytes that a reader of prepare's store gets; where several people
  /// are seen, each has a track, 0 is the main one. Every fault of the file is in the facts and rows. `each` is called
  /// after each frame, and about twice a second while one is waited for, and may throw to stop. With `take` rows
  /// hold no pixels: their crops were given to it, and have numbers.
  /// THROWS Error(kFailed) if no decoder can be started.
  PreparedInput prepare(const std::filesystem::path& file, const FrameRule& rule, const std::function<void()>& each,
                        const TakeCrop& take = {});
  /// The same crops once more; empty where the frame can't be read any more. `each` as above.
  std::vector<std::vector<std::uint8_t>> cut_again(const std::filesystem::path& file, std::span<const CutFace> faces,
                                                   const std::function<void()>& each);
  /// How it decodes.
  DecoderOptions decoder() const;
  /// As the stores' preprocessing_json(), whether it is a stream or not.
  std::string preprocessing() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
