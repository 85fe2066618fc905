// One clip of a plan to rows with crops: decodes its frames, finds the faces, cuts them out.
//
//   ClipPreparer preparer(plan.listing.options);  // one for a process: a detector and a decoder's child
//   for (const PreparedRow& row : preparer.prepare(plan, clip, {})) part.append(row.info, row.crop);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/faces/face_points.h"
#include "data/frames/media_decoder.h"
#include "data/prepare/prepare_plan.h"

namespace unmask {

/// A row of a part: empty pixels without a crop.
struct PreparedRow {
  FrameInfo info;
  std::vector<std::uint8_t> crop;
  std::string problem;                     // why its frame couldn't be read; "" if it could
  std::optional<std::size_t> number = {};  // of a crop that was given away: from 0, in that order
  std::optional<FivePoints> points = {};   // of a face whose detector gives them

  bool has_crop() const { return number.has_value() || !crop.empty(); }
};

/// Takes a crop as soon as it is cut out, so that a long video's needn't be kept.
using TakeCrop = std::function<void(std::vector<std::uint8_t> crop)>;

/// A face of the frame as RGB bytes, [crop_px, crop_px, 3]. REQUIRES: `points` where the options align by them.
std::vector<std::uint8_t> cut_face(const RgbImage& frame, const FaceBox& box, const std::optional<FivePoints>& points,
                                   const PrepareOptions& options);

/// How `unmask prepare` decodes.
DecoderOptions decoder_options(const PrepareOptions& options);

/// THREAD: one thread at a time.
class ClipPreparer {
 public:
  /// `everyone`: crops of all people who were found on the way, not of those alone whom options.faces wants; their
  /// rows are the same. THROWS Error(kUsage) as make_face_detector().
  explicit ClipPreparer(const PrepareOptions& options, bool everyone = false);
  ~ClipPreparer();
  /// As MediaDecoder::on_wait().
  void on_wait(const std::function<void()>& waiting);
  /// Rows of all the clip's frames in order; of a frame with several faces, one each. `each` is called after each frame
  /// and may throw to stop. With `take` rows hold no pixels: their crops were given to it, and have numbers.
  /// THROWS Error(kFailed) if no decoder can be started.
  std::vector<PreparedRow> prepare(const PreparePlan& plan, const PrepareClip& clip, const std::function<void()>& each,
                                   const TakeCrop& take = {});
  /// The same of a clip's frames that somebody has decoded, and perhaps changed, without masks. `infos`: of each frame;
  /// its status, size and faces are taken from what is seen now.
  std::vector<PreparedRow> look_again(std::span<const FrameInfo> infos, std::span<const ReadFrame> frames);
  /// As FaceFinder::version().
  std::string detector_version() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
