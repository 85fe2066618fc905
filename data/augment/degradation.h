// Applies degradation draws to a crop's bytes. Same bits on every processor: filters and noise are integers, and JPEG
// goes through the accurate DCT.
//
//   const DegradationDraw draw = draw_degradation(options, 224, seed, epoch, slot);
//   degrade(rgb, 224, draw);
#pragma once

#include <cstdint>
#include <span>

#include "base/philox.h"
#include "data/augment/degradation_plan.h"

namespace unmask {

/// rgb: u8 [px, px, 3], in place. THROWS Error(kFailed) where the JPEG codec fails. THREAD: any; keeps scratch buffers
/// per thread.
void degrade(std::span<std::uint8_t> rgb, int px, const DegradationDraw& draw);

// What it is made of, for pictures of any size, u8 [height, width, 3], in place.

/// A Gaussian of so many pixels.
void gaussian_blur(std::span<std::uint8_t> rgb, int width, int height, double sigma);
/// Averaged to fewer pixels (one at least), and back linearly.
void shrink_and_enlarge(std::span<std::uint8_t> rgb, int width, int height, int to_width, int to_height);
/// Gaussian, `sigma` (0.5 at most) as a share of the range; each word of the stream is two quantiles, the low half
/// first.
void add_noise(std::span<std::uint8_t> rgb, double sigma, Draws& draws);
/// Encoded with colours at half the side, and decoded. THROWS Error(kFailed).
void pass_through_jpeg(std::span<std::uint8_t> rgb, int width, int height, int quality);

/// The standard normal's quantiles at (i + 0.5) / 65536, times 4096, rounded: where noise comes from.
std::span<const std::int16_t> normal_quantiles();

}  // namespace unmask
