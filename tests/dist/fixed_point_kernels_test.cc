#include "dist/fixed_point_kernels.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "dist/fixed_point.h"

namespace unmask {
namespace {

/// Those that this processor has.
std::vector<InstructionSet> sets() {
  std::vector<InstructionSet> all(kInstructionSets.begin(), kInstructionSets.end());
  std::erase_if(all, [](InstructionSet set) { return !has(this_processor(), set); });
  return all;
}

/// Exact, by integers alone: mantissa shifted by its exponent, ties to even.
std::int64_t exact_fixed_point(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const int exponent = static_cast<int>(bits >> 23 & 0xff);
  const std::int64_t mantissa = exponent == 0 ? bits & 0x7fffff : (bits & 0x7fffff) | 0x800000;
  const int shift = (exponent == 0 ? 1 : exponent) - 127 - 23 + 40;
  std::int64_t magnitude = 0;
  if (shift >= 0) {
    magnitude = mantissa << shift;
  } else if (shift > -30) {
    const std::int64_t half = std::int64_t{1} << (-shift - 1), whole = mantissa >> -shift,
                       rest = mantissa - (whole << -shift);
    magnitude = whole + (rest > half || (rest == half && whole % 2 != 0) ? 1 : 0);
  }
  return bits >> 31 != 0 ? -magnitude : magnitude;
}

/// Values where paths could differ, and some of every exponent within the limit.
std::vector<float> awkward_values() {
  std::vector<float> values = {0.0f,
                               -0.0f,
                               std::numeric_limits<float>::denorm_min(),
                               -std::numeric_limits<float>::denorm_min(),
                               std::numeric_limits<float>::min(),
                               0x1p22f,
                               -0x1p22f,
                               0x1.fffffep21f,
                               -0x1.fffffep21f,
                               1.0f,
                               -1.0f,
                               0x1p-40f,
                               -0x1p-40f,
                               0x1.fffffep-42f,
                               0x1.000002p-41f};
  for (int half = -9; half <= 9; ++half) values.push_back(static_cast<float>(half) * 0x1p-41f);  // halves of the unit
  for (int k = 0; k < 64; ++k) {  // halves around 2^31 and 2^32 units
    values.push_back(std::ldexp(static_cast<float>((1 << 23) + k), -41 - 1));
    values.push_back(-std::ldexp(static_cast<float>((1 << 23) + k), -41));
  }
  std::mt19937 draw(3);
  for (int exponent = -127; exponent < 22; ++exponent) {
    for (int k = 0; k < 40; ++k) {
      const std::uint32_t bits = (draw() & 0x807fffffu) | static_cast<std::uint32_t>(exponent + 127) << 23;
      values.push_back(std::bit_cast<float>(bits));
    }
  }
  return values;
}

class FixedPointKernelsOf : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override { ASSERT_TRUE(fixed_point_kernels().force(GetParam())); }
  void TearDown() override { fixed_point_kernels().force(fixed_point_kernels().best()); }
};

TEST_P(FixedPointKernelsOf, RoundsEveryValueToTheNearestUnitTiesToEven) {
  const std::vector<float> values = awkward_values();
  std::vector<std::int64_t> sums(values.size(), 5);
  const float* addend = values.data();
  ASSERT_TRUE(add_fixed_point(std::span(&addend, 1), fixed_point_limit(1), sums));
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(sums[i] - 5, exact_fixed_point(values[i])) << std::hexfloat << values[i];
    ASSERT_EQ(exact_fixed_point(values[i]), to_fixed_point(static_cast<double>(values[i])));
  }
}

TEST_P(FixedPointKernelsOf, SumsDoNotDependOnOrderOrGroupingOfAddends) {
  const std::size_t size = 1003;
  std::mt19937 draw(5);
  std::vector<std::vector<float>> addends(7, std::vector<float>(size));
  for (auto& addend : addends) {
    for (float& value : addend)
      value = std::ldexp(static_cast<float>(draw()) * 0x1p-32f - 0.5f, static_cast<int>(draw() % 48) - 40);
  }
  std::vector<const float*> forward, backward;
  for (const auto& addend : addends) forward.push_back(addend.data());
  backward.assign(forward.rbegin(), forward.rend());
  const double limit = fixed_point_limit(7);
  std::vector<std::int64_t> all(size), reversed(size), one_by_one(size), expected(size);
  ASSERT_TRUE(add_fixed_point(forward, limit, all));
  ASSERT_TRUE(add_fixed_point(backward, limit, reversed));
  for (const float*& pointer : forward) ASSERT_TRUE(add_fixed_point(std::span(&pointer, 1), limit, one_by_one));
  for (const auto& addend : addends) {
    for (std::size_t i = 0; i < size; ++i) expected[i] += exact_fixed_point(addend[i]);
  }
  EXPECT_EQ(all, expected);
  EXPECT_EQ(reversed, expected);
  EXPECT_EQ(one_by_one, expected);
}

TEST_P(FixedPointKernelsOf, FindsABadValueAtAnyPositionOfAnyAddend) {
  const double limit = fixed_point_limit(3);
  auto too_large = static_cast<float>(limit);  // the nearest float, here above the limit: by less than a rounding
  ASSERT_GT(static_cast<double>(too_large), limit);
  const float bads[] = {std::numeric_limits<float>::quiet_NaN(),
                        std::numeric_limits<float>::infinity(),
                        -std::numeric_limits<float>::infinity(),
                        too_large,
                        -too_large,
                        std::numeric_limits<float>::max()};
  for (const float bad : bads) {
    for (std::size_t position = 0; position < 37; ++position) {
      for (int which = 0; which < 2; ++which) {
        std::vector<float> addends[2] = {std::vector<float>(37, 1.0f), std::vector<float>(37, -2.0f)};
        addends[which][position] = bad;
        const float* pointers[2] = {addends[0].data(), addends[1].data()};
        std::vector<std::int64_t> sums(37);
        ASSERT_FALSE(add_fixed_point(pointers, limit, sums)) << bad << " at " << position;
      }
    }
  }
}

TEST_P(FixedPointKernelsOf, TakesTheLargestFloatWithinTheLimit) {
  for (const std::int64_t addends : {1, 2, 3, 5, 7, 64, 1000}) {
    const double limit = fixed_point_limit(addends);
    auto largest = static_cast<float>(limit);
    if (static_cast<double>(largest) > limit) largest = std::nextafter(largest, 0.0f);
    const std::vector<float> values(33, largest);
    const float* pointer = values.data();
    std::vector<std::int64_t> sums(33);
    for (std::int64_t k = 0; k < addends; ++k) ASSERT_TRUE(add_fixed_point(std::span(&pointer, 1), limit, sums));
    EXPECT_GT(sums[0], std::int64_t{1} << 61);  // near 2^62, and no overflow
    EXPECT_LE(sums[0], std::int64_t{1} << 62);
  }
}

TEST_P(FixedPointKernelsOf, ConvertsSumsBackWithTheSameBitsAsTheDefinition) {
  std::vector<std::int64_t> sums = {0, 1, -1, std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min()};
  std::mt19937_64 draw(9);
  for (int bits = 1; bits <= 63; ++bits) {
    for (int k = 0; k < 50; ++k) sums.push_back(static_cast<std::int64_t>(draw()) >> (64 - bits));
    for (int k = -3; k <= 3; ++k) sums.push_back((std::int64_t{1} << (bits - 1)) + k);
  }
  std::vector<float> values(sums.size());
  from_fixed_point(sums, values);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]),
              std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<double>(sums[i]) * 0x1p-40)))
        << sums[i];
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, FixedPointKernelsOf, testing::ValuesIn(sets()),
                         [](const auto& test) { return to_word(test.param); });

}  // namespace
}  // namespace unmask
