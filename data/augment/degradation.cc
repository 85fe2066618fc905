#include "data/augment/degradation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "data/augment/separable_filter.h"
#include "data/store/jpeg_codec.h"

namespace unmask {
namespace {

constexpr std::size_t kQuantiles = 65536;

/// Newton's method from the quantile before; in the left half, where the distribution function is convex.
std::vector<std::int16_t> compute_quantiles() {
  std::vector<std::int16_t> table(kQuantiles);
  double z = -4.4;
  for (std::size_t i = 0; i < kQuantiles / 2; ++i) {
    const double wanted = (static_cast<double>(i) + 0.5) / kQuantiles;
    for (int round = 0; round < 30; ++round) {
      const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
      const double step = (0.5 * std::erfc(-z / std::numbers::sqrt2) - wanted) / density;
      z -= step;
      if (std::abs(step) < 1e-12) break;
    }
    table[i] = static_cast<std::int16_t>(std::lround(z * 4096));
    table[kQuantiles - 1 - i] = static_cast<std::int16_t>(-table[i]);
  }
  return table;
}

}  // namespace

std::span<const std::int16_t> normal_quantiles() {
  static const std::vector<std::int16_t> table = compute_quantiles();
  return table;
}

void gaussian_blur(std::span<std::uint8_t> rgb, int width, int height, double sigma) {
  thread_local std::vector<std::uint8_t> before;
  before.assign(rgb.begin(), rgb.end());
  const FilterTaps across = gaussian_taps(width, sigma);
  filter(before, 3, across, width == height ? across : gaussian_taps(height, sigma), rgb);
}

void shrink_and_enlarge(std::span<std::uint8_t> rgb, int width, int height, int to_width, int to_height) {
  thread_local std::vector<std::uint8_t> before, between;
  before.assign(rgb.begin(), rgb.end());
  between.resize(static_cast<std::size_t>(to_width) * static_cast<std::size_t>(to_height) * 3);
  filter(before, 3, area_taps(width, to_width), area_taps(height, to_height), between);
  filter(between, 3, scaling_taps(to_width, width), scaling_taps(to_height, height), rgb);
}

void add_noise(std::span<std::uint8_t> rgb, double sigma, Draws& draws) {
  const std::span<const std::int16_t> quantiles = normal_quantiles();
  const auto scale = static_cast<std::int32_t>(std::lround(sigma * 255 * 256));
  const auto noisy = [&](std::uint8_t value, std::uint32_t index) {
    const std::int32_t noise = (quantiles[index] * scale + (1 << 19)) >> 20;
    return static_cast<std::uint8_t>(std::clamp<std::int32_t>(value + noise, 0, 255));
  };
  for (std::size_t i = 0; i < rgb.size(); i += 2) {
    const std::uint32_t word = draws.next_u32();
    rgb[i] = noisy(rgb[i], word & 0xFFFFu);
    if (i + 1 < rgb.size()) rgb[i + 1] = noisy(rgb[i + 1], word >> 16);
  }
}

void pass_through_jpeg(std::span<std::uint8_t> rgb, int width, int height, int quality) {
  const std::vector<std::uint8_t> jpeg = encode_jpeg(rgb, width, height, quality, JpegColour::k420);
  if (!decode_jpeg(jpeg, width, height, rgb))
    throw Error(ErrorKind::kFailed, "degradation: a picture's JPEG can't be decoded");
}

void degrade(std::span<std::uint8_t> rgb, int px, const DegradationDraw& draw) {
  if (draw.blur_sigma > 0) gaussian_blur(rgb, px, px, draw.blur_sigma);
  if (draw.downscale_px > 0 && draw.downscale_px < px)
    shrink_and_enlarge(rgb, px, px, draw.downscale_px, draw.downscale_px);
  if (draw.noise_sigma > 0) {
    Draws draws(draw.seed, DrawFor::kNoise, draw.epoch, draw.slot);
    add_noise(rgb, draw.noise_sigma, draws);
  }
  if (draw.jpeg_quality > 0) pass_through_jpeg(rgb, px, px, draw.jpeg_quality);
}

}  // namespace unmask
