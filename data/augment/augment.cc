#include "data/augment/augment.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "data/augment/augment_geometry.h"
#include "data/augment/augment_kernels.h"
#include "data/augment/normalisation.h"

namespace unmask {
namespace {

struct Scratch {
  std::vector<std::uint32_t> padded;
  std::vector<float> planes;
  std::vector<RowSpan> spans;
};

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

}  // namespace

void augment(std::span<const std::uint8_t> rgb, int crop_px, const AugmentDraw& draw, std::span<float> output) {
  check_crop_sizes(rgb.size(), crop_px, output.size());
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
  std::ranges::copy(to_padded(draw), work.to_padded);
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

}  // namespace unmask
