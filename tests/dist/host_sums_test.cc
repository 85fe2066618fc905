#include "dist/host_sums.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

namespace unmask {
namespace {

constexpr std::int64_t kHalf = std::int64_t{1} << 39;  // 0.5 in units of 2^-40

/// Five elements of two tensors, two control words.
constexpr StepSumsPlan kPlan{.elements = 5, .tensors = 2, .buckets = 1, .control_words = 2};
constexpr StepSums::Range kFirst{0, 0, 2}, kSecond{1, 2, 3};

std::unique_ptr<StepSums> sums_of(bool as_float, double limit = 1e6) {
  StepSumsPlan plan = kPlan;
  plan.as_float = as_float;
  auto sums = make_host_sums(plan);
  sums->begin(limit, 1);
  return sums;
}

bool accumulate(StepSums& sums, const StepSums::Range& range, const std::vector<float>& values, bool fresh) {
  const float* pointer = values.data();
  return sums.accumulate(range, std::span(&pointer, 1), fresh, {});
}

std::vector<float> read(const StepSums& sums, const StepSums::Range& range) {
  std::vector<float> total(range.size);
  sums.read(range, total);
  return total;
}

TEST(HostSums, AreUnitsOfFixedPointWithTheControlWordsBehindThem) {
  const auto sums = sums_of(false);
  EXPECT_TRUE(accumulate(*sums, kSecond, {0.5f, -1, 2}, true));
  EXPECT_TRUE(accumulate(*sums, kFirst, {0, 1.5f}, true));
  const float half = 0.5f, two = 2, nan = std::nanf("");
  const float* const numbers[] = {&half, &two};
  EXPECT_TRUE(sums->add_scalars(0, numbers));
  const float* const bad[] = {&nan, &half};
  EXPECT_FALSE(sums->add_scalars(0, bad)) << "which counts as 0";
  const std::int64_t control[] = {7, -8};
  sums->add_control(control);
  EXPECT_TRUE(sums->floats().empty());
  const auto words = sums->words();
  EXPECT_EQ(std::vector<std::int64_t>(words.begin(), words.end()),
            (std::vector<std::int64_t>{0, 3 * kHalf, kHalf, -2 * kHalf, 4 * kHalf, 6 * kHalf + 7, -8}));
  words[5] = 9;  // as a peer adds to it
  std::int64_t got[2];
  sums->get_control(got);
  EXPECT_EQ(got[0], 9);
  EXPECT_EQ(got[1], -8);
  sums->begin(1e6, 1);
  sums->get_control(got);
  EXPECT_EQ(got[0], 0);
}

TEST(HostSums, AFreshSumForgetsTheStepBeforeAndZeroIsOfOneTensorAlone) {
  for (const bool as_float : {false, true}) {
    const auto sums = sums_of(as_float);
    for (const auto& range : {kFirst, kSecond}) accumulate(*sums, range, {3, 3, 3}, true);
    accumulate(*sums, kFirst, {0.25f, 1}, true);
    accumulate(*sums, kFirst, {0.5f, 1}, false);
    EXPECT_EQ(read(*sums, kFirst), (std::vector<float>{0.75f, 2}));
    sums->zero(kFirst);
    EXPECT_EQ(read(*sums, kFirst), (std::vector<float>{0, 0}));
    EXPECT_EQ(read(*sums, kSecond), (std::vector<float>{3, 3, 3}));
  }
}

TEST(HostSums, FloatsAddUpInTheOrderOfTheCalls) {
  const auto sums = sums_of(true);
  // 2^24 + 1 is no float: the large one first loses both ones, last it keeps them.
  const std::vector<float> large{0x1p24f, 1}, one{1, 1}, other{1, 0x1p24f};
  const float* const gradients[] = {large.data(), one.data(), other.data()};
  EXPECT_TRUE(sums->accumulate(kFirst, gradients, true, {}));
  EXPECT_EQ(read(*sums, kFirst), (std::vector<float>{0x1p24f, 0x1p24f + 2}));
  EXPECT_EQ(sums->floats().size(), 5u);
  EXPECT_EQ(sums->words().size(), 2u);  // control words only
}

TEST(HostSums, ABadValueIsSeen) {
  for (const float bad : {std::nanf(""), -std::numeric_limits<float>::infinity()}) {
    for (const bool as_float : {false, true}) EXPECT_FALSE(accumulate(*sums_of(as_float), kFirst, {1, bad}, true));
  }
  // Fixed point has no room for it; floats do.
  EXPECT_FALSE(accumulate(*sums_of(false, 4), kFirst, {1, -4.5f}, true));
  EXPECT_TRUE(accumulate(*sums_of(false, 4), kFirst, {1, -4}, true));
  EXPECT_TRUE(accumulate(*sums_of(true, 4), kFirst, {1, -4.5f}, true));
  // Two floats may be finite and their sum is not.
  const auto sums = sums_of(true);
  const float most = std::numeric_limits<float>::max();
  EXPECT_TRUE(accumulate(*sums, kFirst, {0, most}, true));
  EXPECT_FALSE(accumulate(*sums, kFirst, {0, most}, false));
}

TEST(HostSums, TakeNoLossScale) {
  for (const double divisor : {2.0, 0.5, 0.0, -1.0}) {
    try {
      make_host_sums(kPlan)->begin(1, divisor);
      ADD_FAILURE() << divisor << " was taken";
    } catch (const std::logic_error& error) {
      EXPECT_STREQ(error.what(), "host sums: a divisor other than 1");
    }
  }
}

}  // namespace
}  // namespace unmask
