// The people of a video by where their faces are, and which faces become crops. Pure.
//
//   std::vector<std::vector<FoundFace>> found;  // [frames of the video in order][faces]
//   for (const ChosenFace& chosen : choose_faces(FaceChoice::kTracked, found)) … found[chosen.frame][chosen.face]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/face_choice.h"
#include "data/faces/face_detector.h"

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

/// Area of both over area of either; the pixels of right and bottom count.
double overlap(const DetectedFace& a, const DetectedFace& b);

/// The track of each face, [frames][faces]. A face goes on with the track whose last box, at most 8 frames ago,
/// overlaps it most: boxes doubled about their centres, IoU of 0.3 or more, so a face may move by its own width between
/// two frames. Where there is no such track, with one that was last seen longer ago in the same place: boxes as they
/// are, IoU of 0.5 or more; detectors lose a face that looks aside for a while. Tracks are numbered by altered area
/// covered, then length, then mean area, then first appearance.
std::vector<std::vector<std::uint32_t>> face_tracks(std::span<const std::vector<FoundFace>> found);

/// Which faces of a video become crops, in the order of the frames. `all`: every face. `largest`, `best`: one a frame,
/// of track 0. `tracked`: one a frame at most, of track 0; where the frame's mask shows who was altered (0.1 or more of
/// it in a face), that face, whatever its track.
std::vector<ChosenFace> choose_faces(FaceChoice choice, std::span<const std::vector<FoundFace>> found);

}  // namespace unmask
