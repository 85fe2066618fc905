#include "data/augment/self_blend_plan.h"

#include <gtest/gtest.h>

#include <map>

namespace unmask {
namespace {

TEST(SelfBlendPlan, IsAFunctionOfSeedEpochAndSlot) {
  const auto outline = [](std::uint64_t seed, std::uint32_t epoch, std::uint32_t slot) {
    return draw_self_blend(1, 224, seed, epoch, slot).outline;
  };
  EXPECT_EQ(outline(1, 2, 3), outline(1, 2, 3));
  EXPECT_NE(outline(1, 2, 3), outline(2, 2, 3));
  EXPECT_NE(outline(1, 2, 3), outline(1, 3, 3));
  EXPECT_NE(outline(1, 2, 3), outline(1, 2, 4));
}

TEST(SelfBlendPlan, HappensWithItsProbabilityAndTheRestStaysAsDrawn) {
  int blends = 0;
  for (std::uint32_t slot = 0; slot < 10000; ++slot) {
    const SelfBlendDraw some = draw_self_blend(0.3, 224, 4, 1, slot);
    blends += some.blends ? 1 : 0;
    EXPECT_FALSE(draw_self_blend(0, 224, 4, 1, slot).blends);
    if (slot < 20) {
      EXPECT_EQ(some.outline, draw_self_blend(1, 224, 4, 1, slot).outline);
    }
  }
  EXPECT_NEAR(blends, 3000, 230);
}

TEST(SelfBlendPlan, DrawsAreInTheirRanges) {
  std::map<int, int> ratios, shrinks;
  for (std::uint32_t slot = 0; slot < 3000; ++slot) {
    const SelfBlendDraw draw = draw_self_blend(1, 200, 4, 1, slot);
    ++ratios[draw.ratio];
    ++shrinks[draw.shrink];
    EXPECT_EQ(draw.shrink == 1, draw.sharpen > 0);
    EXPECT_LE(std::abs(draw.shift_x), 6);
    EXPECT_LE(std::abs(draw.shift_y), 3);
    EXPECT_GE(draw.scale, 0.95);
    EXPECT_LE(draw.scale, 1 / 0.95);
    EXPECT_GE(draw.edge_sigma, 1.2);
    EXPECT_LE(draw.edge_sigma, 6);
    for (const int add : draw.add) EXPECT_LE(std::abs(add), 20);
    for (const auto& [x, y] : draw.outline) {
      EXPECT_GT(x, 0);
      EXPECT_LT(x, 200 * 256);
      EXPECT_GT(y, 0);
      EXPECT_LT(y, 200 * 256);
    }
  }
  EXPECT_EQ(ratios.size(), 4u);
  EXPECT_NEAR(ratios[256], 1500, 130);
  EXPECT_NEAR(shrinks[1], 1500, 130);
  EXPECT_NEAR(shrinks[4], 750, 110);
}

}  // namespace
}  // namespace unmask
