#include "data/augment/augment_geometry.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>

namespace unmask {
namespace {

TEST(AugmentGeometry, WithoutADrawEveryRowIsWhole) {
  for (const int y : {0, 7, 15}) {
    const RowSpan span = row_span(AugmentDraw{}, 16, y);
    EXPECT_EQ(span.begin, 0);
    EXPECT_EQ(span.end, 16);
  }
}

TEST(AugmentGeometry, AShiftToTheRightLeavesTheLeftBlackButForItsBorder) {
  AugmentDraw draw;
  draw.to_input = {1, 0, -5, 0, 1, 0, 0, 0, 1};  // output column x comes from column x - 5
  const RowSpan span = row_span(draw, 16, 3);
  EXPECT_EQ(span.begin, 4);  // column 4 comes from -1, which still blends with column 0 by nothing
  EXPECT_EQ(span.end, 16);
  draw.to_input = {1, 0, 0, 0, 1, -20, 0, 0, 1};  // every row from above the image
  EXPECT_EQ(row_span(draw, 16, 3).end, 0);
}

TEST(AugmentGeometry, SpansHoldExactlyTheColumnsWhosePositionIsInside) {
  // Definition: column by column, as the header says, with a hair's breadth at the edges left open.
  const auto inside = [](const std::array<double, 9>& m, int px, int x, int y, double margin) {
    const double w = m[6] * x + m[7] * y + m[8];
    const double u = (m[0] * x + m[1] * y + m[2]) / w, v = (m[3] * x + m[4] * y + m[5]) / w;
    const double low = -margin, high = px - 1 + margin;
    return w > 0 && u >= low && u <= high && v >= low && v <= high;
  };
  constexpr int kPx = 64;
  int edges = 0;
  for (std::uint32_t slot = 0; slot < 50; ++slot) {
    const AugmentDraw draw = draw_augmentation(AugmentOptions{}, kPx, 5, 0, slot);
    for (int y = 0; y < kPx; ++y) {
      const RowSpan span = row_span(draw, kPx, y);
      for (int x = 0; x < kPx; ++x) {
        const bool kept = x >= span.begin && x < span.end;
        const bool wide = inside(draw.to_flat, kPx, x, y, 0.5 + 1e-9) && inside(draw.to_input, kPx, x, y, 1 + 1e-9);
        const bool narrow = inside(draw.to_flat, kPx, x, y, 0.5 - 1e-9) && inside(draw.to_input, kPx, x, y, 1 - 1e-9);
        ASSERT_TRUE(kept ? wide : !narrow) << "slot " << slot << ", column " << x << ", row " << y;
        edges += wide != kept;
      }
    }
  }
  EXPECT_LT(edges, 50 * 64);  // undecided columns are the exception
}

TEST(AugmentGeometry, NothingIsKeptOfARowBehindTheView) {
  AugmentDraw draw;
  draw.to_input[8] = -1;  // the denominator is negative everywhere
  const RowSpan span = row_span(draw, 16, 0);
  EXPECT_EQ(span.begin, 0);
  EXPECT_EQ(span.end, 0);
}

TEST(AugmentGeometry, TheBorderMovesEveryPositionByOne) {
  const AugmentDraw draw = draw_augmentation(AugmentOptions{}, 64, 5, 0, 3);
  const std::array<double, 9> m = to_padded(draw);
  const auto at = [](const std::array<double, 9>& h, double x, double y) {
    const double w = h[6] * x + h[7] * y + h[8];
    return std::pair((h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w);
  };
  for (const auto& [x, y] : {std::pair(0.0, 0.0), {63.0, 0.0}, {20.0, 40.0}}) {
    EXPECT_NEAR(at(m, x, y).first, at(draw.to_input, x, y).first + 1, 1e-9);
    EXPECT_NEAR(at(m, x, y).second, at(draw.to_input, x, y).second + 1, 1e-9);
  }
}

}  // namespace
}  // namespace unmask
