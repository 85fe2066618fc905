// Drawn faces: as many identities as wanted, lit and textured so that a frontal face detector finds them.
#pragma once

#include <opencv2/core.hpp>

#include "base/philox.h"

namespace unmask::synth {

/// What stays the same in every image of one drawn person. Lengths are in pixels of the plate, colours BGR.
struct DrawnFace {
  float half_width = 70, chin_y = 245, jaw_power = 2.2f, hair_px = 16, hairline_y = 92;
  float eye_half_width = 14, eye_half_height = 6, eye_tilt = 0, brow_y = 122, brow_px = 7, brow_arch = 4;
  float nose_half_width = 11, nose_y = 183, nose_height = 9, lip_half_width = 26, lip_px = 6, smile = 2;
  cv::Scalar skin, hair, iris, lip, cloth;
  int hair_style = 0;  // 0 cropped, 1 fringe, 2 parted, 3 swept back, 4 curls
  int back_hair = 0;   // 0 none, 1 short, 2 long
  float grain = 0.04f, cheek_red = 0, freckles = 0, beard = 0;
  bool glasses = false;
  cv::Scalar glasses_colour;
  std::uint32_t texture_key = 0;
};

DrawnFace draw_face(Draws& draws);

/// One image of the person (CV_32FC3, a plate): `scene` decides light, background, clothes' shade and expression.
/// `pose` decides mouth and eyelids alone, so that the plates of one clip differ in nothing else.
cv::Mat paint_face(const DrawnFace& face, Draws scene, Draws pose);

}  // namespace unmask::synth
