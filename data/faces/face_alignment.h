// Lays a face into a crop so that eyes, nose and mouth's corners lie where they always do: turned, scaled and moved,
// never sheared or mirrored.
//
//   if (face.points) crop_aligned(frame, alignment_of(*face.points, 224, 1.3), 224);
#pragma once

#include <cstdint>
#include <vector>

#include "data/faces/face_points.h"
#include "data/frames/image.h"

namespace unmask {

/// From pixels of the frame to those of the crop: u = a x - b y + dx, v = b x + a y + dy.
struct Similarity {
  double a = 1, b = 0, dx = 0, dy = 0;
};

/// The one that brings the points nearest (least squares) to the places that ArcFace's crops of 112 px have, with
/// a margin that makes the side `scale` times theirs, as DeepfakeBench cuts. Of five equal points: a = b = 0.
Similarity alignment_of(const FivePoints& points, int crop_px, double scale);

/// RGB bytes, [crop_px, crop_px, 3]: bilinear, black outside the frame; not averaged when shrinking, as DeepfakeBench
/// cuts. Of a = b = 0 one colour.
std::vector<std::uint8_t> crop_aligned(const RgbImage& frame, const Similarity& alignment, int crop_px);

}  // namespace unmask
