#include "dist/fixed_point.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(FixedPoint, SettingOverwritesWhatWasThere) {
  const std::vector<float> values(21, 1.5f);
  const float* pointers[2] = {values.data(), values.data()};
  std::vector<std::int64_t> sums(21, 99);
  ASSERT_TRUE(set_fixed_point(pointers, fixed_point_limit(2), sums));
  EXPECT_EQ(sums, std::vector<std::int64_t>(21, std::int64_t{3} << 40));
}

TEST(FixedPoint, EveryFloatOfAtLeastOneTwoToTheSixteenthComesBackUnchanged) {
  std::mt19937 draw(11);
  for (int k = 0; k < 10000; ++k) {  // 24 bits above the unit 2^-40: exact
    const float value =
        std::ldexp(1.0f + static_cast<float>(draw() >> 9) * 0x1p-23f, static_cast<int>(draw() % 37) - 16);
    ASSERT_EQ(static_cast<float>(from_fixed_point(to_fixed_point(static_cast<double>(value)))), value);
  }
}

TEST(FixedPoint, TheLimitLeavesRoomForAllAddends) {
  EXPECT_EQ(fixed_point_limit(1), 0x1p22);
  EXPECT_EQ(fixed_point_limit(64), 0x1p16);
  EXPECT_EQ(fixed_point_limit(0), 0x1p22);
}

// Limits that are no floats: the nearest float is below the first, above the second.
TEST(FixedPoint, ALimitBetweenTwoFloatsTakesTheLowerAndRefusesTheUpper) {
  for (const int addends : {25, 3}) {
    const double limit = fixed_point_limit(addends);
    float lower = static_cast<float>(limit);
    if (static_cast<double>(lower) > limit) lower = std::nextafter(lower, 0.0f);
    ASSERT_LT(static_cast<double>(lower), limit);
    for (const float sign : {1.0f, -1.0f}) {
      const std::vector<float> inside(9, sign * lower), outside(9, sign * std::nextafter(lower, HUGE_VALF));
      const float* pointer = inside.data();
      std::vector<std::int64_t> sums(9);
      EXPECT_TRUE(add_fixed_point(std::span(&pointer, 1), limit, sums)) << addends;
      pointer = outside.data();
      EXPECT_FALSE(add_fixed_point(std::span(&pointer, 1), limit, sums)) << addends;
    }
  }
}

}  // namespace
}  // namespace unmask
