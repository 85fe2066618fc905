#include "data/augment/self_blend.h"

#include <algorithm>
#include <cmath>

#include "data/augment/separable_filter.h"

namespace unmask {
namespace {

constexpr std::int32_t kPixel = 256;  // the outline's unit is 1 / 256
constexpr int kLines = 4;             // on which coverage is measured, a pixel

/// Where the outline crosses a horizontal line, ascending.
std::vector<std::int32_t> crossings(const SelfBlendDraw& draw, std::int32_t y) {
  std::vector<std::int32_t> found;
  for (std::size_t i = 0; i < draw.outline.size(); ++i) {
    const auto [x0, y0] = draw.outline[i];
    const auto [x1, y1] = draw.outline[(i + 1) % draw.outline.size()];
    if ((y0 <= y) == (y1 <= y)) continue;
    found.push_back(static_cast<std::int32_t>(x0 + std::int64_t{x1 - x0} * (y - y0) / (y1 - y0)));
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Adds the part of [begin, end) that is in each pixel.
void cover(std::span<std::uint32_t> row, std::int32_t begin, std::int32_t end) {
  begin = std::max(begin, 0);
  end = std::min(end, static_cast<std::int32_t>(row.size()) * kPixel);
  for (std::int32_t x = begin; x < end;) {
    const std::int32_t next = std::min(end, (x / kPixel + 1) * kPixel);
    row[static_cast<std::size_t>(x / kPixel)] += static_cast<std::uint32_t>(next - x);
    x = next;
  }
}

std::vector<std::uint8_t> filtered(std::span<const std::uint8_t> pixels, int channels, const FilterTaps& across,
                                   const FilterTaps& down) {
  std::vector<std::uint8_t> output(static_cast<std::size_t>(across.outputs()) *
                                   static_cast<std::size_t>(down.outputs()) * static_cast<std::size_t>(channels));
  filter(pixels, channels, across, down, output);
  return output;
}

std::uint8_t to_byte(std::int32_t value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

FilterTaps moved(int px, double shift, double scale) {
  const double centre = 0.5 * (px - 1);
  return linear_taps(px, px, centre - (centre + shift) / scale, 1 / scale);
}

void change_sharpness(std::vector<std::uint8_t>& copy, int px, const SelfBlendDraw& draw) {
  if (draw.shrink > 1) {
    const int small = std::max(1, px / draw.shrink);
    const FilterTaps down = area_taps(px, small), up = scaling_taps(small, px);
    copy = filtered(filtered(copy, 3, down, down), 3, up, up);
  }
  if (draw.sharpen == 0) return;
  const FilterTaps taps = gaussian_taps(px, 1);
  const std::vector<std::uint8_t> blurred = filtered(copy, 3, taps, taps);
  for (std::size_t i = 0; i < copy.size(); ++i) {
    copy[i] = to_byte(copy[i] + (((copy[i] - blurred[i]) * draw.sharpen + 128) >> 8));
  }
}

void change_colours(std::vector<std::uint8_t>& copy, const SelfBlendDraw& draw) {
  for (std::size_t i = 0; i + 2 < copy.size(); i += 3) {
    const std::int32_t grey = 77 * copy[i] + 150 * copy[i + 1] + 29 * copy[i + 2];  // times 256
    for (std::size_t c = 0; c < 3; ++c) {
      const std::int32_t coloured = grey + (copy[i + c] - ((grey + 128) >> 8)) * draw.saturation;  // times 256
      copy[i + c] = to_byte(((coloured * draw.gain + (1 << 15)) >> 16) + draw.add[c]);
    }
  }
}

}  // namespace

std::vector<std::uint8_t> blend_mask(int px, const SelfBlendDraw& draw) {
  std::vector<std::uint8_t> mask;
  std::vector<std::uint32_t> covered(static_cast<std::size_t>(px));
  for (int y = 0; y < px; ++y) {
    std::fill(covered.begin(), covered.end(), 0u);
    for (int line = 0; line < kLines; ++line) {
      const auto at = crossings(draw, y * kPixel + (2 * line + 1) * kPixel / (2 * kLines));
      for (std::size_t i = 0; i + 1 < at.size(); i += 2) cover(covered, at[i], at[i + 1]);
    }
    for (const std::uint32_t part : covered) {
      mask.push_back(static_cast<std::uint8_t>((part * 255 + kLines * kPixel / 2) / (kLines * kPixel)));
    }
  }
  const FilterTaps taps = gaussian_taps(px, draw.edge_sigma);
  return filtered(mask, 1, taps, taps);
}

void self_blend(std::span<std::uint8_t> rgb, int px, const SelfBlendDraw& draw) {
  if (!draw.blends) return;
  std::vector<std::uint8_t> copy =
      filtered(rgb, 3, moved(px, draw.shift_x, draw.scale), moved(px, draw.shift_y, draw.scale));
  change_sharpness(copy, px, draw);
  change_colours(copy, draw);
  const std::vector<std::uint8_t> mask = blend_mask(px, draw);
  constexpr std::uint32_t kWhole = 255 * 256;
  for (std::size_t i = 0; i < rgb.size(); ++i) {
    const std::uint32_t part = mask[i / 3] * static_cast<std::uint32_t>(draw.ratio);
    rgb[i] = static_cast<std::uint8_t>((rgb[i] * (kWhole - part) + copy[i] * part + kWhole / 2) / kWhole);
  }
}

}  // namespace unmask
