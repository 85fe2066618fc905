// The faces of one video, frame by frame, and which of them become crops.
//
//   FaceFinder finder({}, FaceChoice::kTracked);
//   std::vector<std::vector<FoundFace>> found;  // [frames of the video in order][faces]
//   finder.start();
//   for (…) found.push_back(finder.find(frame, mask ? &*mask : nullptr));  // a crop of each, kept until the choice
//   for (const ChosenFace& face : choose_faces(FaceChoice::kTracked, found)) … found[face.frame][face.face], face.track
//
// What find() gives is a function of the options and of the frames since start(). With `largest`, `best` and `all`
// each frame is searched in full, for itself: a video may be cut into pieces anywhere. With `tracked` a frame is
// searched first where faces were (FaceTracker), so a piece is part of the result: whoever cuts a video cuts it by a
// plan that ranks don't change, and calls start() at each piece. The choice always wants the whole video, joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/face_choice.h"
#include "data/faces/face_detector.h"
#include "data/frames/image.h"

namespace unmask {

struct FoundFace {
  DetectedFace face;
  double altered = 0;  // of the mask's altered area, the share that lies in the face's box; 0 without a mask
};

/// A face that becomes a crop: found[frame][face].
struct ChosenFace {
  std::size_t frame = 0, face = 0;
  std::uint32_t track = 0;  // which person of the video: 0 is the main one
  bool operator==(const ChosenFace&) const = default;
};

/// Only `tracked` asks a mask (FaceForensics++) who was altered; the other choices are rules of the frame alone.
constexpr bool wants_masks(FaceChoice choice) { return choice == FaceChoice::kTracked; }

/// THREAD: one thread at a time.
class FaceFinder {
 public:
  /// THROWS Error(kUsage) as make_face_detector().
  FaceFinder(const FaceDetectorOptions& options, FaceChoice choice);
  ~FaceFinder();

  /// The next frame is the first of a video, or of a piece of one.
  void start();
  /// The faces of the next frame that may be chosen, best score first: one at most with `largest` and `best`.
  /// `mask`: the same frame of the mask video, of any size, or nullptr. A frame that couldn't be read isn't asked
  /// for: its place in `found` stays empty. THROWS Error(kData).
  std::vector<FoundFace> find(const RgbImage& frame, const RgbImage* mask = nullptr);
  /// What decides the boxes beside the options; part of a plan's digest.
  std::string version() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Which faces of a video become crops, frame by frame. Faces of following frames whose boxes overlap (IoU of 0.3 or
/// more; over a gap of at most 8 frames) are one track; tracks are numbered by: altered area covered, then length, then
/// area, then first appearance. `tracked`: of each frame the face of track 0; `all`: every face; `largest` and `best`:
/// the only one of each frame, track 0.
std::vector<ChosenFace> choose_faces(FaceChoice choice, std::span<const std::vector<FoundFace>> found);

}  // namespace unmask
