// Normalisation with ImageNet's mean and deviation: what every crop goes through, augmented or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unmask {

inline constexpr float kImageNetMean[3] = {0.485f, 0.456f, 0.406f};
inline constexpr float kImageNetDeviation[3] = {0.229f, 0.224f, 0.225f};

/// A byte's value / 255, minus the mean, over the deviation, as one product and one difference for each channel:
/// value * multiply - subtract.
struct Normalisation {
  float multiply[3], subtract[3];
};
Normalisation image_normalisation();

/// Normalisation alone, for validation and prediction. rgb: u8 [px, px, 3]; output: f32 [px, px, 3].
/// THROWS as check_crop_sizes().
void normalise(std::span<const std::uint8_t> rgb, int crop_px, std::span<float> output);

/// THROWS Error(kFailed) unless both sizes are those of a crop of `px`.
void check_crop_sizes(std::size_t rgb, int px, std::size_t output);

}  // namespace unmask
