// The draws of a microbatch as flat tables of floats,
// for a device that augments by whole tensors (model/device/device_crops.h).
// Each number is rounded as augment() rounds it, so that the same operations give the same bits.
#pragma once

#include <span>
#include <vector>

#include "data/augment/augment_plan.h"

namespace unmask {

/// Row-major tables; `crops` = 0 means that nothing is augmented, only normalised.
struct AugmentTable {
  /// One output row of a crop: the homography's numerators and denominator at x = 0, into an image with a black border
  /// of one pixel before it, and the columns [begin, end) that the image reaches.
  static constexpr int kRowValues = 5;  // x0, y0, w0, begin, end
  /// One crop: the homography's steps along x, the colour factors, the erased box.
  static constexpr int kCropValues =
      10;  // x_step, y_step, w_step, brightness, contrast, saturation, x, y, width, height
  int crops = 0;
  std::vector<float> rows;    // [crops, px, kRowValues]
  std::vector<float> values;  // [crops, kCropValues]
};

/// Fills `table`, whose memory is reused.
void make_augment_table(std::span<const AugmentDraw> draws, int crop_px, AugmentTable& table);

}  // namespace unmask
