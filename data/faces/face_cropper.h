// Cuts the square around a face out of a frame.
#pragma once

#include <cstdint>
#include <vector>

#include "data/faces/face_detector.h"
#include "data/frames/image.h"
#include "data/sample.h"

namespace unmask {

/// The square around a face's centre whose side is the longer side × `scale`, clipped to the frame as in the published
/// work: its corner is moved into the frame first, then its side is cut.
/// Width and height are 0 if nothing of it is in the frame.
FaceBox square_box(const DetectedFace& face, int frame_width, int frame_height, double scale);

/// RGB bytes, [crop_px, crop_px, 3]: averaged over areas when shrinking (no aliasing), bilinear when enlarging.
/// REQUIRES: box lies in the frame and isn't empty.
std::vector<std::uint8_t> crop_face(const RgbImage& frame, const FaceBox& box, int crop_px);

}  // namespace unmask
