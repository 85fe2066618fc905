#include "model/norm/fused_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/philox.h"
#include "model/norm/fused_norm_kernels.h"

namespace unmask {
namespace {

constexpr std::int64_t kRows = 201, kChannels = 128;  // rows: three blocks and a rest
constexpr std::size_t kCount = kRows * kChannels;

std::uint16_t to_bf16(float value) {
  float rounded;
  round_to_bf16(&value, &rounded, 1);
  std::uint32_t bits;
  std::memcpy(&bits, &rounded, 4);
  return static_cast<std::uint16_t>(bits >> 16);
}

std::vector<float> draw(std::uint32_t which, std::size_t count, double offset = 0) {
  Draws draws(9, DrawFor::kProbe, which);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(draws.normal() + offset);
  return values;
}

/// All that a layer's pass gives, as bytes: what must be equal on every instruction set.
struct Outcome {
  std::vector<float> mean, inverse, running_mean, running_var, weight_gradient, bias_gradient;
  std::vector<char> output, input_gradient, residual_gradient;
  bool operator==(const Outcome&) const = default;
};

std::vector<char> stored(const std::vector<float>& values, Storage storage) {
  std::vector<char> memory(values.size() * (storage == Storage::kBf16 ? 2 : 4));
  if (storage != Storage::kBf16) {
    std::memcpy(memory.data(), values.data(), memory.size());
    return memory;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = to_bf16(values[i]);
    std::memcpy(memory.data() + 2 * i, &half, 2);
  }
  return memory;
}

std::vector<float> loaded(const std::vector<char>& memory, Storage storage) {
  std::vector<float> values(kCount);
  if (storage != Storage::kBf16) {
    std::memcpy(values.data(), memory.data(), memory.size());
    return values;
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(reinterpret_cast<char*>(&bits) + 2, memory.data() + 2 * i, 2);
    std::memcpy(&values[i], &bits, 4);
  }
  return values;
}

struct Case {
  Storage storage;
  bool relu, residual;
};

Outcome run(const Case& c, double offset = 0.5) {
  const std::vector<char> input = stored(draw(1, kCount, offset), c.storage),
                          residual = stored(draw(2, kCount), c.storage);
  const std::vector<char> gradient = stored(draw(3, kCount), c.storage);
  const std::vector<float> weight = draw(4, kChannels, 1), bias = draw(5, kChannels);
  const std::vector<float> zeros(kChannels);
  Outcome out{zeros, zeros, zeros, zeros, zeros, zeros, input, input, input};
  FusedNorm norm{c.storage,       kRows,
                 kChannels,       c.relu,
                 input.data(),    c.residual ? residual.data() : nullptr,
                 weight.data(),   bias.data(),
                 out.mean.data(), out.inverse.data()};
  fused_norm_statistics(norm, 1e-5, 0.1, out.running_mean.data(), out.running_var.data());
  fused_norm_forward(norm, out.output.data());
  fused_norm_backward(norm, out.output.data(), gradient.data(), out.input_gradient.data(), out.residual_gradient.data(),
                      out.weight_gradient.data(), out.bias_gradient.data());
  return out;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const Storage storage : {Storage::kF32, Storage::kF32Rounded, Storage::kBf16}) {
    for (const bool relu : {false, true}) {
      for (const bool residual : {false, true}) cases.push_back({storage, relu, residual});
    }
  }
  return cases;
}

TEST(FusedNormTest, EveryInstructionSetGivesTheSameBits) {
  for (const Case& c : all_cases()) {
    ASSERT_TRUE(fused_norm_kernels().force(InstructionSet::kGeneric));
    const Outcome wanted = run(c);
    for (const InstructionSet set : kInstructionSets) {
      ASSERT_EQ(fused_norm_kernels().force(set), has(this_processor(), set));
      EXPECT_EQ(run(c), wanted) << to_word(set);
    }
  }
  fused_norm_kernels().force(fused_norm_kernels().best());
}

TEST(FusedNormTest, EqualsTheFormulaInDouble) {
  for (const Case& c : all_cases()) {
    const double tolerance = c.storage == Storage::kF32 ? 2e-6 : 0.02;
    const Outcome out = run(c);
    const auto x = loaded(stored(draw(1, kCount, 0.5), c.storage), c.storage);
    const auto r = loaded(stored(draw(2, kCount), c.storage), c.storage);
    const auto g = loaded(stored(draw(3, kCount), c.storage), c.storage);
    const auto weight = draw(4, kChannels, 1), bias = draw(5, kChannels);
    const auto y = loaded(out.output, c.storage), dx = loaded(out.input_gradient, c.storage);
    for (std::int64_t channel = 0; channel < kChannels; channel += 7) {
      double mean = 0, variance = 0, sum_g = 0, sum_gx = 0;
      const auto at = [&](std::int64_t row) { return static_cast<std::size_t>(row * kChannels + channel); };
      for (std::int64_t row = 0; row < kRows; ++row) mean += static_cast<double>(x[at(row)]) / kRows;
      for (std::int64_t row = 0; row < kRows; ++row)
        variance += std::pow(static_cast<double>(x[at(row)]) - mean, 2) / kRows;
      const double inverse = 1 / std::sqrt(variance + 1e-5);
      const auto w = static_cast<double>(weight[static_cast<std::size_t>(channel)]);
      const auto gradient_before = [&](std::int64_t row) {
        return c.relu && y[at(row)] <= 0 ? 0.0 : static_cast<double>(g[at(row)]);
      };
      for (std::int64_t row = 0; row < kRows; ++row) {
        double expected = (static_cast<double>(x[at(row)]) - mean) * inverse * w +
                          static_cast<double>(bias[static_cast<std::size_t>(channel)]);
        if (c.residual) expected += static_cast<double>(r[at(row)]);
        if (c.relu) expected = std::fmax(expected, 0);
        ASSERT_NEAR(static_cast<double>(y[at(row)]), expected, tolerance * 4);
        sum_g += gradient_before(row);
        sum_gx += gradient_before(row) * (static_cast<double>(x[at(row)]) - mean) * inverse;
      }
      for (std::int64_t row = 0; row < kRows; ++row) {
        const double hat = (static_cast<double>(x[at(row)]) - mean) * inverse;
        const double expected = (gradient_before(row) - sum_g / kRows - hat * sum_gx / kRows) * inverse * w;
        ASSERT_NEAR(static_cast<double>(dx[at(row)]), expected, tolerance * 4);
      }
      EXPECT_NEAR(static_cast<double>(out.bias_gradient[static_cast<std::size_t>(channel)]), sum_g, tolerance * 20);
      EXPECT_NEAR(static_cast<double>(out.weight_gradient[static_cast<std::size_t>(channel)]), sum_gx, tolerance * 20);
      EXPECT_NEAR(static_cast<double>(out.running_var[static_cast<std::size_t>(channel)]),
                  0.1 * variance * kRows / (kRows - 1), 1e-6);
    }
  }
}

TEST(FusedNormTest, ALargeMeanDoesNotEatTheVariance) {
  const Outcome near = run({Storage::kF32, false, false}, 0), far = run({Storage::kF32, false, false}, 1000);
  for (std::size_t c = 0; c < kChannels; ++c) EXPECT_NEAR(far.inverse[c] / near.inverse[c], 1, 1e-4);
}

TEST(FusedNormTest, ANotANumberStaysOne) {
  std::vector<float> input = draw(1, kCount);
  input[5 * kChannels + 3] = NAN;
  const std::vector<float> ones(kChannels, 1.0f);
  std::vector<float> mean(kChannels), inverse(kChannels), running(kChannels), variance(kChannels), output(kCount);
  FusedNorm norm{Storage::kF32Rounded, kRows,       kChannels,   true,          input.data(), nullptr,
                 ones.data(),          ones.data(), mean.data(), inverse.data()};
  fused_norm_statistics(norm, 1e-5, 0.1, running.data(), variance.data());
  fused_norm_forward(norm, output.data());
  EXPECT_TRUE(std::isnan(output[3]));
  EXPECT_TRUE(std::isnan(variance[3]));
  EXPECT_FALSE(std::isnan(output[4]));
}

TEST(FusedNormTest, RoundsToTheNearestEvenBf16) {
  const float values[] = {1.0f, 1.00390625f, 1.01171875f, -1.00390625f, 3.4e38f, INFINITY, 1e-45f, 1.004f};
  float rounded[8];
  round_to_bf16(values, rounded, 8);
  EXPECT_EQ(rounded[0], 1.0f);
  EXPECT_EQ(rounded[1], 1.0f);       // half way: to even
  EXPECT_EQ(rounded[2], 1.015625f);  // half way: to even
  EXPECT_EQ(rounded[3], -1.0f);
  EXPECT_TRUE(std::isinf(rounded[4]));  // above the largest bf16
  EXPECT_TRUE(std::isinf(rounded[5]));
  EXPECT_EQ(rounded[6], 0.0f);
  EXPECT_EQ(rounded[7], 1.0078125f);
}

}  // namespace
}  // namespace unmask
