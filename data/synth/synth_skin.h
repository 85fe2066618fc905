// The skin of a drawn face: a height field under one lamp.
#pragma once

#include <opencv2/core.hpp>

#include "base/philox.h"
#include "data/synth/synth_face.h"

namespace unmask::synth {

/// The lamp's direction (unit length, z towards the camera), the light from everywhere, the skin's shine.
struct Lamp {
  float x = 0, y = 0, z = 1, ambient = 0.5f, gloss = 0;
};

Lamp draw_lamp(Draws& draws);
/// Head with cheeks, sockets, nose, freckles and beard, but no eyes, lips or hair.
void paint_skin(cv::Mat& plate, const DrawnFace& face, const Lamp& lamp);

}  // namespace unmask::synth
