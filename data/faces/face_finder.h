// The faces of one video, frame by frame; choose_faces() (face_tracks.h) then says which of them become crops.
//
//   FaceFinder finder({}, FaceChoice::kTracked);
//   std::vector<std::vector<FoundFace>> found;  // [frames of the video in order][faces]
//   finder.start();
//   for (…) found.push_back(finder.find(frame, mask ? &*mask : nullptr));  // a crop of each, kept until the choice
//   for (const ChosenFace& face : choose_faces(FaceChoice::kTracked, found)) … found[face.frame][face.face], face.track
//
// What find() gives is a function of the options and of the frames since start(). With `largest`, `best` and `all`
// each frame is searched in full, for itself: a video may be cut into pieces anywhere. With `tracked` a frame is
// searched first where faces were, so a piece is part of the result: whoever cuts a video cuts it by a plan that ranks
// don't change, and calls start() at each piece. The choice is made of all that was found in the video or piece.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/face_choice.h"
#include "data/faces/face_detector.h"
#include "data/faces/face_tracks.h"
#include "data/frames/image.h"

namespace unmask {

/// Only `tracked` asks a mask (FaceForensics++) who was altered; the other choices are rules of the frame alone.
constexpr bool wants_masks(FaceChoice choice) { return choice == FaceChoice::kTracked; }

/// Of the bright area of `mask`, which shows the frame at any size, the share that lies in each face's box.
void mark_altered(const RgbImage& mask, int frame_width, int frame_height, std::vector<FoundFace>& faces);

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
  ///
  /// `tracked` searches in full: the first frame, every eighth, one that looks unlike the frame before (a cut, or
  /// frames far apart), one of another size, one before which no face was known, and one in which a known face isn't
  /// found near its place. So a face that the full search finds is never lost while it is tracked; one that enters
  /// beside a tracked one is seen seven frames later at most.
  std::vector<FoundFace> find(const RgbImage& frame, const RgbImage* mask = nullptr);
  /// What decides the boxes beside the options; part of a plan's digest.
  std::string version() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
