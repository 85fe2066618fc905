#include "base/philox.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/python.h"

namespace unmask {
namespace {

struct Stream {
  std::uint64_t seed;
  DrawFor purpose;
  std::uint32_t a, b, layer;
};

class PhiloxStream : public testing::TestWithParam<Stream> {
 protected:
  Draws draws() const {
    const Stream& of = GetParam();
    return Draws(of.seed, of.purpose, of.a, of.b, of.layer);
  }
  /// The reference's output from line `line` on.
  std::istringstream reference(int line) const {
    const Stream& of = GetParam();
    std::istringstream output(test_support::run_python(
        "tests/base/philox_reference.py", {std::to_string(of.seed), std::to_string(static_cast<int>(of.purpose)),
                                           std::to_string(of.a), std::to_string(of.b), std::to_string(of.layer)}));
    std::string skipped;
    for (int i = 0; i < line; ++i) std::getline(output, skipped);
    return output;
  }
};

// Known answers of the Random123 library (kat_vectors, philox4x32 with 10 rounds).
TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}), (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_P(PhiloxStream, WordsEqualTheReference) {
  std::istringstream expected = reference(0);
  Draws draws = this->draws();
  for (int i = 0; i < 12; ++i) {
    std::uint32_t word = 0;
    ASSERT_TRUE(expected >> word);
    EXPECT_EQ(draws.next_u32(), word) << "draw " << i;
  }
}

TEST_P(PhiloxStream, UniformsEqualTheReferenceExactly) {
  std::istringstream expected = reference(1);
  Draws draws = this->draws();
  for (int i = 0; i < 12; ++i) {
    double value = 0;
    ASSERT_TRUE(expected >> value);
    EXPECT_EQ(static_cast<double>(draws.uniform()), value) << "draw " << i;
  }
}

TEST_P(PhiloxStream, NumbersBelowALimitEqualTheReference) {
  std::istringstream expected = reference(2);
  Draws draws = this->draws();
  for (int i = 0; i < 12; ++i) {
    std::uint32_t value = 0;
    ASSERT_TRUE(expected >> value);
    EXPECT_EQ(draws.below(1000), value) << "draw " << i;
  }
}

TEST_P(PhiloxStream, NormalsEqualTheReference) {
  std::istringstream expected = reference(3);
  Draws draws = this->draws();
  for (int i = 0; i < 12; ++i) {
    double value = 0;
    ASSERT_TRUE(expected >> value);
    EXPECT_NEAR(draws.normal(), value, 1e-14) << "draw " << i;
  }
}

TEST_P(PhiloxStream, ShuffleEqualsTheReference) {
  std::istringstream expected = reference(4);
  std::vector<std::uint32_t> values(20);
  std::iota(values.begin(), values.end(), 0u);
  Draws draws = this->draws();
  shuffle(values, draws);
  for (const std::uint32_t value : values) {
    std::uint32_t wanted = 0;
    ASSERT_TRUE(expected >> wanted);
    EXPECT_EQ(value, wanted);
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, PhiloxStream,
                         testing::Values(Stream{0, DrawFor::kOrder, 0, 0, 0}, Stream{1, DrawFor::kAugment, 3, 4242, 0},
                                         Stream{0xFFFFFFFFFFFFFFFFu, DrawFor::kDropout, 0xFFFFFFFFu, 0xFFFFFFFFu,
                                                0xFFFFFFu},
                                         Stream{0x0123456789ABCDEFu, DrawFor::kSweep, 7, 0, 2}));

TEST(PhiloxDraws, StreamsThatDifferInAnyPartDiffer) {
  const auto first = [](Draws draws) { return draws.next_u32(); };
  const std::uint32_t word = first(Draws(1, DrawFor::kAugment, 2, 3, 4));
  EXPECT_NE(word, first(Draws(2, DrawFor::kAugment, 2, 3, 4)));
  EXPECT_NE(word, first(Draws(1 + (std::uint64_t{1} << 32), DrawFor::kAugment, 2, 3, 4)));
  EXPECT_NE(word, first(Draws(1, DrawFor::kDropout, 2, 3, 4)));
  EXPECT_NE(word, first(Draws(1, DrawFor::kAugment, 3, 3, 4)));
  EXPECT_NE(word, first(Draws(1, DrawFor::kAugment, 2, 4, 4)));
  EXPECT_NE(word, first(Draws(1, DrawFor::kAugment, 2, 3, 5)));
}

TEST(PhiloxDraws, UniformsFillTheirRangeAndStayBelowItsEnd) {
  Draws draws(5, DrawFor::kProbe);
  double sum = 0;
  float smallest = 1, largest = 0;
  for (int i = 0; i < 100'000; ++i) {
    const float value = draws.uniform();
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
    sum += static_cast<double>(value);
  }
  EXPECT_GE(smallest, 0.0f);
  EXPECT_LT(smallest, 0.001f);
  EXPECT_LT(largest, 1.0f);
  EXPECT_GT(largest, 0.999f);
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);  // 5 standard deviations
}

TEST(PhiloxDraws, NormalsHaveMeanZeroAndVarianceOne) {
  Draws draws(6, DrawFor::kProbe);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = draws.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 100'000, 0, 0.016);
  EXPECT_NEAR(squares / 100'000, 1, 0.023);
}

TEST(PhiloxDraws, ChanceKeepsItsEnds) {
  Draws draws(7, DrawFor::kProbe);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(draws.chance(0));
    EXPECT_TRUE(draws.chance(1));
  }
}

TEST(PhiloxShuffle, KeepsEveryValueAndBearsEmptyAndSingleLists) {
  std::vector<std::uint32_t> values(1000), empty, single = {9};
  std::iota(values.begin(), values.end(), 0u);
  const std::vector<std::uint32_t> before = values;
  Draws draws(8, DrawFor::kOrder);
  shuffle(values, draws);
  EXPECT_NE(values, before);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, before);
  shuffle(empty, draws);
  shuffle(single, draws);
  EXPECT_EQ(single, std::vector<std::uint32_t>{9});
}

}  // namespace
}  // namespace unmask
