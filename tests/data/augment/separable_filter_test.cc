#include "data/augment/separable_filter.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/data/augment/drawn_crop.h"

namespace unmask {
namespace {

using test::drawn_crop;
using test::Pixels;

Pixels filtered(const Pixels& pixels, int channels, const FilterTaps& across, const FilterTaps& down) {
  Pixels output(static_cast<std::size_t>(across.outputs() * down.outputs() * channels));
  filter(pixels, channels, across, down, output);
  return output;
}

TEST(SeparableFilter, WeightsAreWholeAndInside) {
  for (const int px : {1, 2, 5, 16, 224}) {
    for (const FilterTaps& taps :
         {gaussian_taps(px, 0.3), gaussian_taps(px, 7), area_taps(px, 1 + px / 3), linear_taps(px, px, -3.2, 1.04),
          linear_taps(px, px, 2.7, 0.96), scaling_taps(px, 2 * px + 1)}) {
      EXPECT_EQ(taps.inputs, px);
      for (int i = 0; i < taps.outputs(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_GE(taps.first[at], 0);
        EXPECT_LE(taps.first[at] + taps.count, px);
        const auto begin = taps.weights.begin() + std::ptrdiff_t{i} * taps.count;
        EXPECT_EQ(std::accumulate(begin, begin + taps.count, 0u), 65536u);
      }
    }
  }
}

// The largest sums that can be: none may pass 2^32.
TEST(SeparableFilter, OneColourStaysWhatItIs) {
  for (const int value : {0, 1, 127, 254, 255}) {
    const Pixels flat(40 * 40 * 3, static_cast<std::uint8_t>(value));
    const FilterTaps blur = gaussian_taps(40, 2.3), down = area_taps(40, 13), up = scaling_taps(13, 40);
    EXPECT_EQ(filtered(flat, 3, blur, blur), flat);
    EXPECT_EQ(filtered(filtered(flat, 3, down, down), 3, up, up), flat);
  }
}

TEST(SeparableFilter, BothAxesAreTheirOwn) {
  Pixels one(6 * 4, 0);  // 6 across, 4 down, one channel
  one[1 * 6 + 2] = 255;
  const FilterTaps right = linear_taps(6, 6, -1, 1), stay = linear_taps(4, 4, 0, 1), up = linear_taps(4, 4, 1, 1);
  Pixels wanted(6 * 4, 0);
  wanted[1 * 6 + 3] = 255;
  EXPECT_EQ(filtered(one, 1, right, stay), wanted);
  wanted.assign(6 * 4, 0);
  wanted[0 * 6 + 3] = 255;
  EXPECT_EQ(filtered(one, 1, right, up), wanted);
}

TEST(SeparableFilter, AWholeScaleTakesPlainMeans) {
  const Pixels pixels = {10, 20, 30, 40, 50, 60, 70, 80};  // 4 x 2
  EXPECT_EQ(filtered(pixels, 1, area_taps(4, 2), area_taps(2, 1)), (Pixels{35, 55}));
}

TEST(SeparableFilter, OutsideAreTheOutermostPixelsOrTheirMirror) {
  const Pixels row = {100, 0, 0, 200};
  const FilterTaps stay = linear_taps(1, 1, 0, 1);
  EXPECT_EQ(filtered(row, 1, linear_taps(4, 4, -2, 1), stay), (Pixels{100, 100, 100, 0}));
  EXPECT_EQ(filtered(row, 1, linear_taps(4, 4, 0.5, 1), stay), (Pixels{50, 0, 100, 200}));
  // A narrow Gaussian at the edge: its left half is what is right of the edge.
  const Pixels blurred = filtered(row, 1, gaussian_taps(4, 0.5), stay);
  EXPECT_EQ(blurred[0], 79);  // 100 * w0 with w = 0.7866, 0.1065, 0.0003
  EXPECT_EQ(blurred[3], 157);
}

}  // namespace
}  // namespace unmask
