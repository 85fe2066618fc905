#include "model/device/sum_batches.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <memory>

#include "base/philox.h"
#include "dist/fixed_point.h"

// The kernel's arithmetic in the host's loop.
namespace unmask {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity(),
                kSubnormal = std::numeric_limits<float>::denorm_min();

void run_on_host(const SumBatch& batch, unsigned blocks) {
  for (unsigned block = 0; block < blocks; ++block) {
    for (unsigned thread = 0; thread < kSumThreads; ++thread) sum_block(batch, block, thread, kSumThreads);
  }
}

/// The nearest integer to value * 2^shift, ties to even, by integers alone. REQUIRES: finite, below 2^63.
std::int64_t by_definition(float value, int shift) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const int field = static_cast<int>(bits >> 23 & 255);
  const std::uint64_t mantissa = (bits & 0x7fffff) | (field > 0 ? 0x800000 : 0);
  const int exponent = std::max(field, 1) - 150 + shift;
  std::uint64_t rounded = 0;
  if (exponent >= 0) {
    rounded = mantissa << exponent;
  } else if (exponent > -26) {  // else below a quarter
    const std::uint64_t unit = std::uint64_t{1} << -exponent, rest = mantissa % unit;
    rounded = mantissa / unit;
    if (2 * rest > unit || (2 * rest == unit && rounded % 2 == 1)) ++rounded;
  }
  return bits >> 31 ? -static_cast<std::int64_t>(rounded) : static_cast<std::int64_t>(rounded);
}

/// Any pattern of bits within the limit, ties, and the ends.
std::vector<float> values_within(double limit, std::size_t size, std::uint32_t key) {
  std::vector<float> values = {
      0.0f,     -0.0f,    kSubnormal, -kSubnormal,     0x1p-126f,          -0x1.fffffep-127f,
      0x1p-41f, 0x3p-41f, -0x5p-41f,  0x1.fffffep-42f, float_limit(limit), -float_limit(limit)};
  Draws draws(7, DrawFor::kProbe, key);
  while (values.size() < size) {
    const float any = std::bit_cast<float>(draws.next_u32());
    const float tie = std::ldexp(static_cast<float>(draws.below(1 << 20)) + 0.5f, -40);
    values.push_back(draws.below(4) == 0 ? tie : any);
    if (!(std::fabs(values.back()) <= limit)) values.back() = std::ldexp(draws.uniform() - 0.5f, 22) / 1024;
  }
  values.resize(size);
  return values;
}

struct Sums {
  std::vector<std::int64_t> words;
  std::unique_ptr<bool[]> bad;
  int launches = 0;
  SumBatches batches;
  Sums(std::size_t elements, std::size_t tensors)
      : words(elements, 77),
        bad(std::make_unique<bool[]>(tensors)),
        batches(
            [this](const SumBatch& batch, unsigned blocks) {
              ++launches;
              run_on_host(batch, blocks);
            },
            words, std::span(bad.get(), tensors)) {}
};

TEST(SumBatchesTest, OneValueIsTheDefinitionsIntegerWithoutDoubles) {
  for (const int addends : {1, 3, 1 << 20}) {
    const double limit = fixed_point_limit(addends);
    for (const float value : values_within(limit, 200000, static_cast<std::uint32_t>(addends))) {
      ASSERT_EQ(fixed_addend(value, 0x1p40f), by_definition(value, 40)) << std::hexfloat << value;
      ASSERT_EQ(fixed_addend(value, 0x1p-20f), by_definition(value, -20)) << std::hexfloat << value;
    }
  }
}

TEST(SumBatchesTest, HaveTheBitsOfTheHostsSums) {
  const std::vector<std::size_t> sizes = {1, 4096, 0, 2048, 5001, 3};
  constexpr int kGradients = 5;
  const double limit = fixed_point_limit(2 * kGradients);
  for (const double divisor : {1.0, 65536.0, 0x1p60}) {
    Sums sums(4096 + 2048 + 5001 + 4, sizes.size());
    sums.batches.begin(limit, divisor);
    std::vector<std::int64_t> wanted(sums.words.size(), 77);
    std::vector<std::vector<float>> kept;
    kept.reserve(2 * kGradients * sizes.size());
    for (const bool fresh : {true, false}) {
      std::size_t offset = 0;
      for (std::size_t t = 0; t < sizes.size(); ++t) {
        std::vector<std::vector<float>> plain;
        std::vector<const float*> here, there;
        for (std::uint32_t g = 0; g < kGradients; ++g) {
          plain.push_back(values_within(limit, sizes[t], g + 10 * static_cast<std::uint32_t>(t) + (fresh ? 100 : 0)));
          // What is small becomes coarser as a scaled gradient would never be, so it isn't taken.
          for (float& value : plain.back()) value = divisor > 1 && std::fabs(value) < 0x1p-60f ? 0 : value;
          kept.push_back(plain.back());
          for (float& value : kept.back()) value = static_cast<float>(value * divisor);
          there.push_back(kept.back().data());
        }
        for (const auto& values : plain) here.push_back(values.data());
        const std::span<std::int64_t> part = std::span(wanted).subspan(offset, sizes[t]);
        EXPECT_TRUE(fresh ? set_fixed_point(here, limit, part) : add_fixed_point(here, limit, part));
        sums.batches.add({static_cast<int>(t), offset, sizes[t]}, there, fresh);
        offset += sizes[t];
      }
    }
    sums.batches.launch();
    EXPECT_EQ(sums.words, wanted) << divisor;
    EXPECT_EQ(sums.launches, 2) << divisor;  // a tensor's second piece is the second launch's
    for (std::size_t t = 0; t < sizes.size(); ++t) EXPECT_FALSE(sums.bad[t]);
  }
}

TEST(SumBatchesTest, FlagTheTensorOfAValueThatDoesNotFit) {
  const double limit = fixed_point_limit(3);
  const float largest = float_limit(limit), above = std::nextafter(largest, kInfinity);
  EXPECT_LE(static_cast<double>(largest), limit);
  EXPECT_GT(static_cast<double>(above), limit);
  for (const float value : {largest, -largest, above, -above, kNan, -kNan, kInfinity, -kInfinity}) {
    std::vector<float> values(3 * 3000, 0.5f);
    values[2 * 3000 - 1] = value;  // the second tensor's last
    Sums sums(values.size(), 3);
    sums.batches.begin(limit, 1);
    std::vector<std::int64_t> word(1);
    const float* one = &value;
    const bool fits = set_fixed_point(std::span(&one, 1), limit, word);
    EXPECT_EQ(fits, std::fabs(value) == largest);
    for (int t = 0; t < 3; ++t) {
      const float* gradient = values.data() + 3000 * t;
      sums.batches.add({t, static_cast<std::size_t>(3000 * t), 3000}, std::span(&gradient, 1), true);
    }
    sums.batches.launch();
    EXPECT_EQ(sums.launches, 1);
    for (int t = 0; t < 3; ++t) EXPECT_EQ(sums.bad[t], t == 1 && !fits) << value;
    EXPECT_EQ(sums.words[2 * 3000 - 1], fits ? word[0] : 0);
    EXPECT_EQ(sums.words[2 * 3000], std::int64_t{1} << 39);
  }
  // Scaled until no finite float is above the limit.
  Sums sums(1, 1);
  sums.batches.begin(limit, 0x1p120);
  const float largest_float = std::numeric_limits<float>::max();
  const float* gradient = &largest_float;
  sums.batches.add({0, 0, 1}, std::span(&gradient, 1), true);
  sums.batches.launch();
  EXPECT_FALSE(sums.bad[0]);
  EXPECT_EQ(sums.words[0], by_definition(largest_float, -80));
}

TEST(SumBatchesTest, ABucketTakesAtMostTwoLaunches) {
  const std::vector<float> values(10, 1.0f);
  for (const std::size_t gradients : {1u, 2u, 4u, 400u}) {
    Sums sums(630, 63);
    sums.batches.begin(fixed_point_limit(400), 1);
    const std::vector<const float*> pointers(gradients, values.data());
    for (int t = 0; t < (gradients == 400 ? 1 : 63); ++t)
      sums.batches.add({t, static_cast<std::size_t>(10 * t), 10}, pointers, true);
    sums.batches.launch();
    sums.batches.launch();  // nothing waits
    EXPECT_EQ(sums.launches, gradients == 400 ? 3 : gradients <= 2 ? 1 : 2) << gradients;
    for (std::size_t i = 0; i < (gradients == 400 ? 10u : 630u); ++i)
      ASSERT_EQ(sums.words[i], static_cast<std::int64_t>(gradients) << 40) << i;
  }
}

TEST(SumBatchesTest, GradientsAreLetGoOnceTheyAreLaunched) {
  const auto owner = std::make_shared<std::vector<float>>(10, 1.0f);
  const std::weak_ptr<std::vector<float>> there = owner;
  bool held = false;
  std::vector<std::int64_t> words(10);
  bool bad[1] = {};
  SumBatches batches([&](const SumBatch&, unsigned) { held = there.use_count() > 1; }, words, bad);
  batches.begin(fixed_point_limit(400), 1);
  batches.add({0, 0, 10}, std::vector<const float*>{owner->data()}, true, owner);
  EXPECT_EQ(there.use_count(), 2);
  batches.launch();
  EXPECT_TRUE(held);
  EXPECT_EQ(there.use_count(), 1);
  // So many that they take three launches: the last waits.
  batches.add({0, 0, 10}, std::vector<const float*>(2 * kSumAddends + 1, owner->data()), true, owner);
  EXPECT_EQ(there.use_count(), 2);
  batches.launch();
  EXPECT_EQ(there.use_count(), 1);
}

}  // namespace
}  // namespace unmask
