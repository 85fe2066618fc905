#include "data/augment/degradation_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace unmask {
namespace {

DegradationOptions all_on() {
  DegradationOptions options;
  options.blur = options.downscale = options.noise = options.jpeg = 1;
  return options;
}

TEST(DegradationPlan, IsOffByDefault) {
  for (std::uint32_t slot = 0; slot < 100; ++slot) {
    const DegradationDraw draw = draw_degradation(DegradationOptions{}, 224, 1, 0, slot);
    EXPECT_EQ(draw.blur_sigma, 0);
    EXPECT_EQ(draw.downscale_px, 0);
    EXPECT_EQ(draw.noise_sigma, 0);
    EXPECT_EQ(draw.jpeg_quality, 0);
  }
}

TEST(DegradationPlan, DrawsFillTheirRangesAndNothingElse) {
  DegradationOptions options = all_on();
  options.jpeg_quality_min = 40;
  options.jpeg_quality_max = 50;
  std::set<int> qualities, sides;
  double least = 9, most = 0;
  for (std::uint32_t slot = 0; slot < 2000; ++slot) {
    const DegradationDraw draw = draw_degradation(options, 100, 1, 3, slot);
    qualities.insert(draw.jpeg_quality);
    sides.insert(draw.downscale_px);
    least = std::min(least, draw.blur_sigma);
    most = std::max(most, draw.blur_sigma);
    EXPECT_GE(draw.noise_sigma, 0.01);
    EXPECT_LT(draw.noise_sigma, 0.05);
  }
  EXPECT_EQ(qualities.size(), 11u);
  EXPECT_EQ(*qualities.begin(), 40);
  EXPECT_EQ(*sides.begin(), 40);
  EXPECT_EQ(*sides.rbegin(), 90);
  EXPECT_NEAR(least, 0.3, 0.01);
  EXPECT_NEAR(most, 2, 0.01);
}

TEST(DegradationPlan, EachHappensWithItsProbability) {
  DegradationOptions options;
  options.blur = 0.1;
  options.downscale = 0.3;
  options.noise = 0.5;
  options.jpeg = 0.8;
  int blurred = 0, scaled = 0, noisy = 0, encoded = 0;
  for (std::uint32_t slot = 0; slot < 10000; ++slot) {
    const DegradationDraw draw = draw_degradation(options, 224, 4, 1, slot);
    blurred += draw.blur_sigma > 0;
    scaled += draw.downscale_px > 0;
    noisy += draw.noise_sigma > 0;
    encoded += draw.jpeg_quality > 0;
  }
  EXPECT_NEAR(blurred, 1000, 150);
  EXPECT_NEAR(scaled, 3000, 230);
  EXPECT_NEAR(noisy, 5000, 250);
  EXPECT_NEAR(encoded, 8000, 200);
}

// One that is switched off leaves the others what they were.
TEST(DegradationPlan, DrawsDontDependOnEachOther) {
  DegradationOptions one = all_on();
  one.blur = one.noise = 0;
  for (std::uint32_t slot = 0; slot < 50; ++slot) {
    const DegradationDraw all = draw_degradation(all_on(), 224, 8, 1, slot),
                          some = draw_degradation(one, 224, 8, 1, slot);
    EXPECT_EQ(all.jpeg_quality, some.jpeg_quality);
    EXPECT_EQ(all.downscale_px, some.downscale_px);
    EXPECT_EQ(some.blur_sigma, 0);
  }
}

TEST(DegradationPlan, FaultsNameTheirKeys) {
  EXPECT_TRUE(validate(DegradationOptions{}).empty());
  EXPECT_TRUE(validate(all_on()).empty());
  DegradationOptions options;
  options.jpeg = 1.5;
  options.blur_sigma_max = 0.1;
  options.downscale_min = 0;
  options.noise_sigma_max = 0.6;
  options.jpeg_quality_min = 0;
  EXPECT_EQ(validate(options),
            (std::vector<std::string>{"augment.blur_sigma_max must be in [blur_sigma_min, 50], got 0.1",
                                      "augment.downscale_min must be in [0.01, 1], got 0",
                                      "augment.noise_sigma_max must be in [noise_sigma_min, 0.5], got 0.6",
                                      "augment.jpeg must be in [0, 1], got 1.5",
                                      "augment.jpeg_quality_min must be in [1, 100], got 0"}));
}

}  // namespace
}  // namespace unmask
