#include "data/augment/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/augment/augment_kernels.h"
#include "data/augment/augment_table.h"

namespace unmask {
namespace {

struct Scratch {
  std::vector<std::uint32_t> padded;
  std::vector<float> planes;
  std::vector<RowSpan> spans;
};

void check_sizes(std::size_t rgb, int px, std::size_t output) {
  const std::size_t wanted = px > 0 ? static_cast<std::size_t>(px) * static_cast<std::size_t>(px) * 3 : 0;
  if (wanted > 0 && rgb == wanted && output == wanted) return;
  throw Error(ErrorKind::kFailed, "augment: a crop of " + std::to_string(px) + " px has " + std::to_string(wanted) +
                                      " values, got " + std::to_string(rgb) + " and room for " +
                                      std::to_string(output));
}

/// RGB → RGBX with a black border of 1 pixel before and 2 after: every tap of a clamped position is inside.
void pad(std::span<const std::uint8_t> rgb, int px, std::vector<std::uint32_t>& padded) {
  const auto side = static_cast<std::size_t>(px), padded_side = side + 3;
  padded.assign(padded_side * padded_side, 0u);
  const std::uint8_t* from = rgb.data();
  for (std::size_t y = 0; y < side; ++y) {
    std::uint32_t* to = padded.data() + (y + 1) * padded_side + 1;
    // Four bytes at once, the fourth masked; the row's last pixel byte by byte, to stay inside the crop.
    for (std::size_t x = 0; x + 1 < side; ++x, from += 3) {
      std::uint32_t pixel;
      std::memcpy(&pixel, from, 4);
      to[x] = pixel & 0x00FFFFFFu;
    }
    to[side - 1] = from[0] | std::uint32_t{from[1]} << 8 | std::uint32_t{from[2]} << 16;
    from += 3;
  }
}

/// Narrows [low, high] to where a * x + b >= 0.
void cut(double a, double b, double& low, double& high) {
  if (a > 0) {
    low = std::max(low, -b / a);
  } else if (a < 0) {
    high = std::min(high, -b / a);
  } else if (!(b >= 0)) {
    high = low - 1;
  }
}

/// Where a row's pixels come from inside the picture, before the perspective and in the input (with its black border).
RowSpan row_span(const AugmentDraw& draw, int px, int y) {
  double low = 0, high = px - 1;
  const auto keep = [&](const std::array<double, 9>& m, double margin) {
    const double w = m[7] * y + m[8];
    for (std::size_t row = 0; row < 2; ++row) {
      // -margin <= (a x + b) / (m6 x + w) <= px - 1 + margin, the denominator being positive inside.
      const double a = m[row * 3], b = m[row * 3 + 1] * y + m[row * 3 + 2], end = px - 1 + margin;
      cut(a + margin * m[6], b + margin * w, low, high);
      cut(end * m[6] - a, end * w - b, low, high);
    }
  };
  keep(draw.to_flat, 0.5);
  keep(draw.to_input, 1.0);
  // A comparison with NaN is false: nothing of such a row is kept.
  if (!(low <= high)) return {};
  const RowSpan span{static_cast<int>(std::ceil(low)), static_cast<int>(std::floor(high)) + 1};
  return span.begin < span.end ? span : RowSpan{};
}

/// The border moves every position by one: input → padded is a shift, on the left of to_input.
double to_padded(const AugmentDraw& draw, std::size_t i) {
  return draw.to_input[i] + (i < 6 ? draw.to_input[6 + i % 3] : 0.0);
}

/// Every byte's value, made by the same product and difference as augment's.
struct NormalTable {
  float value[3][256];
  NormalTable() {
    const auto [multiply, subtract] = image_normalisation();
    for (int k = 0; k < 3; ++k) {
      for (int byte = 0; byte < 256; ++byte) value[k][byte] = static_cast<float>(byte) * multiply[k] - subtract[k];
    }
  }
};

}  // namespace

void augment(std::span<const std::uint8_t> rgb, int crop_px, const AugmentDraw& draw, std::span<float> output) {
  check_sizes(rgb.size(), crop_px, output.size());
  thread_local Scratch scratch;
  pad(rgb, crop_px, scratch.padded);
  scratch.planes.resize(rgb.size());
  AugmentWork work;
  work.px = crop_px;
  work.padded = scratch.padded.data();
  work.padded_px = crop_px + 3;
  work.planes = scratch.planes.data();
  scratch.spans.resize(static_cast<std::size_t>(crop_px));
  for (int y = 0; y < crop_px; ++y) scratch.spans[static_cast<std::size_t>(y)] = row_span(draw, crop_px, y);
  work.spans = scratch.spans.data();
  work.output = output.data();
  for (std::size_t i = 0; i < 9; ++i) work.to_padded[i] = to_padded(draw, i);
  work.brightness = draw.brightness;
  work.contrast = draw.contrast;
  work.saturation = draw.saturation;
  work.erase = draw.erase;
  const Normalisation normalisation = image_normalisation();
  std::ranges::copy(normalisation.multiply, work.multiply);
  std::ranges::copy(normalisation.subtract, work.subtract);
  const AugmentKernels& loops = augment_kernels().chosen();
  const double grey_sum = static_cast<double>(loops.warp(work)) / 256.0;
  loops.colour(work, static_cast<float>(grey_sum / (static_cast<double>(crop_px) * crop_px)));
}

/// value / 255, minus the mean, over the deviation: as one product and one difference.
Normalisation image_normalisation() {
  Normalisation its{};
  for (int k = 0; k < 3; ++k) {
    its.multiply[k] = static_cast<float>(1.0 / (255.0 * static_cast<double>(kImageNetDeviation[k])));
    its.subtract[k] =
        static_cast<float>(static_cast<double>(kImageNetMean[k]) / static_cast<double>(kImageNetDeviation[k]));
  }
  return its;
}

void make_augment_table(std::span<const AugmentDraw> draws, int crop_px, AugmentTable& table) {
  table.crops = static_cast<int>(draws.size());
  table.rows.clear();
  table.values.clear();
  for (const AugmentDraw& draw : draws) {
    const auto m = [&](std::size_t i) { return to_padded(draw, i); };
    for (int y = 0; y < crop_px; ++y) {
      for (const std::size_t i : {0u, 3u, 6u}) table.rows.push_back(static_cast<float>(m(i + 1) * y + m(i + 2)));
      const RowSpan span = row_span(draw, crop_px, y);
      table.rows.push_back(static_cast<float>(span.begin));
      table.rows.push_back(static_cast<float>(span.end));
    }
    for (const std::size_t i : {0u, 3u, 6u}) table.values.push_back(static_cast<float>(m(i)));
    for (const float factor : {draw.brightness, draw.contrast, draw.saturation}) table.values.push_back(factor);
    for (const int edge : {draw.erase.x, draw.erase.y, draw.erase.width, draw.erase.height})
      table.values.push_back(static_cast<float>(edge));
  }
}

void normalise(std::span<const std::uint8_t> rgb, int crop_px, std::span<float> output) {
  check_sizes(rgb.size(), crop_px, output.size());
  static const NormalTable table;
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    for (std::size_t k = 0; k < 3; ++k) output[i + k] = table.value[k][rgb[i + k]];
  }
}

}  // namespace unmask
