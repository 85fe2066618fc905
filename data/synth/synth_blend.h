// Self-blended fakes (after Shiohara and Yamasaki, CVPR 2022, without landmarks): an altered copy of a real plate is
// pasted onto the plate through a soft mask. One family swaps the face, the other alters a part of it.
#pragma once

#include <opencv2/core.hpp>

#include "base/philox.h"

namespace unmask::synth {

enum class BlendFamily { kSwap, kPart };

/// The draws of one fake clip: the same blend in every frame but for a tremor.
struct Blend {
  BlendFamily family = BlendFamily::kSwap;
  cv::Mat mask;  // CV_32F, 0 to the blend ratio
  cv::Point2d shift;
  double scale = 1, saturation = 1, gain = 1, sharpen = 0, shrink = 1;
  cv::Scalar add;
};

Blend draw_blend(Draws& draws, BlendFamily family);

/// A fake of `plate` (CV_32FC3, plate size).
cv::Mat blend_face(const cv::Mat& plate, const Blend& blend, Draws& tremor);

}  // namespace unmask::synth
