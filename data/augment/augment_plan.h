// The random draws of training augmentation, apart from the pixels: a pure function of (options, seed, epoch, slot).
// augment.h applies them.
// Ranges and order are the published ones: flip, affine, perspective, jitter, erasing, then normalisation.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "data/augment/degradation_plan.h"

namespace unmask {

/// Defaults are the published values. torchvision's names and meanings.
struct AugmentOptions {
  bool enabled = true;
  double flip = 0.5;    // probability of a horizontal mirror
  double degrees = 40;  // affine: angle in [-degrees, degrees]
  double scale_min = 0.9, scale_max = 1.1;
  double perspective = 0.2;  // distortion scale of RandomPerspective
  double perspective_probability = 0.5;
  double brightness = 0.5, contrast = 0.5, saturation = 0.5;  // factors in [1 - x, 1 + x]
  double erase = 0.5;  // probability of RandomErasing, to black before normalisation
  double erase_area_min = 0.02, erase_area_max = 0.16;
  double erase_ratio_min = 0.3, erase_ratio_max = 1.6;
  // Before all of that, on the crop's bytes; draws of their own, so that off is as if they weren't there.
  double self_blend = 0;  // probability that a real crop becomes a fake (self_blend_plan.h)
  DegradationOptions degradation;
};

/// Every fault of the values, each naming its key ("augment.flip must be in [0, 1], got 1.5").
std::vector<std::string> validate(const AugmentOptions& options);

struct EraseBox {
  int x = 0, y = 0, width = 0, height = 0;
};

/// What happens to one crop.
struct AugmentDraw {
  /// Row-major 3 x 3: output pixel centre (x, y, 1) → input position. Flip, affine and perspective in one.
  std::array<double, 9> to_input{1, 0, 0, 0, 1, 0, 0, 0, 1};
  /// Output pixel centre → position before the perspective. Where that is outside the image the output is black, as if
  /// the image had been cut to its frame between affine and perspective.
  std::array<double, 9> to_flat{1, 0, 0, 0, 1, 0, 0, 0, 1};
  bool flipped = false;  // the parts of to_input, kept for tests
  double angle = 0, scale = 1;
  bool has_perspective = false;
  std::array<std::array<double, 2>, 4> corners{};  // where top-left, top-right, bottom-right, bottom-left go
  float brightness = 1, contrast = 1, saturation = 1;
  EraseBox erase;  // empty: nothing is erased
};

AugmentDraw draw_augmentation(const AugmentOptions& options, int crop_px, std::uint64_t seed, std::uint32_t epoch,
                              std::uint32_t slot);

}  // namespace unmask
