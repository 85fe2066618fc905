#include "data/augment/degradation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "base/philox.h"
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

void filter_in_place(std::span<std::uint8_t> rgb, const FilterTaps& first, const FilterTaps* second = nullptr) {
  thread_local std::vector<std::uint8_t> before, between;
  before.assign(rgb.begin(), rgb.end());
  if (second == nullptr) return filter(before, 3, first, first, rgb);
  between.resize(static_cast<std::size_t>(first.outputs()) * static_cast<std::size_t>(first.outputs()) * 3);
  filter(before, 3, first, first, between);
  filter(between, 3, *second, *second, rgb);
}

/// Each word of the stream is two quantiles, the low half first.
void add_noise(std::span<std::uint8_t> rgb, const DegradationDraw& draw) {
  const std::span<const std::int16_t> quantiles = normal_quantiles();
  Draws draws(draw.seed, DrawFor::kNoise, draw.epoch, draw.slot);
  const auto scale = static_cast<std::int32_t>(std::lround(draw.noise_sigma * 255 * 256));
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

}  // namespace

std::span<const std::int16_t> normal_quantiles() {
  static const std::vector<std::int16_t> table = compute_quantiles();
  return table;
}

void degrade(std::span<std::uint8_t> rgb, int px, const DegradationDraw& draw) {
  if (draw.blur_sigma > 0) filter_in_place(rgb, gaussian_taps(px, draw.blur_sigma));
  if (draw.downscale_px > 0 && draw.downscale_px < px) {
    const FilterTaps up = scaling_taps(draw.downscale_px, px);
    filter_in_place(rgb, area_taps(px, draw.downscale_px), &up);
  }
  if (draw.noise_sigma > 0) add_noise(rgb, draw);
  if (draw.jpeg_quality == 0) return;
  const std::vector<std::uint8_t> jpeg = encode_jpeg(rgb, px, draw.jpeg_quality, JpegColour::k420);
  if (!decode_jpeg(jpeg, px, rgb)) throw Error(ErrorKind::kFailed, "degradation: a crop's JPEG can't be decoded");
}

}  // namespace unmask
