#include "model/device/device_sums.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/philox.h"
#include "dist/fixed_point.h"
#include "dist/gradient_reducer.h"
#include "model/device/device.h"
#include "tests/support/run_ranks.h"

// A device's sums on CPU tensors: the same code, and the bits of the host's own way. What only a GPU shows is in
// gpu_test.cc.
namespace unmask {
namespace {

constexpr int kMicrobatches = 5;
const std::vector<ReducedTensor> kTensors = {{"conv", 3001}, {"bn", 2}, {"fc", 512}, {"statistics", 64}};

/// Magnitudes from 2^-45 to 2^3, and now and then a tie between two integers of fixed point.
std::vector<float> gradient(int microbatch, int tensor) {
  Draws draws(7, DrawFor::kProbe, static_cast<std::uint32_t>(microbatch), static_cast<std::uint32_t>(tensor));
  std::vector<float> values(static_cast<std::size_t>(kTensors[static_cast<std::size_t>(tensor)].elements));
  for (float& value : values) {
    value = draws.below(8) == 0 ? std::ldexp(static_cast<float>(draws.below(64)) + 0.5f, -40)
                                : std::ldexp(draws.uniform() - 0.5f, static_cast<int>(draws.below(49)) - 45);
  }
  return values;
}

ReducerOptions reducer_options(bool on_device, bool overlap, Reduction reduction) {
  ReducerOptions options{.reduction = reduction, .bucket_bytes = 8 << 10, .overlap = overlap};
  if (on_device) ComputePlace{at::kCPU, true}.place_sums(options);
  return options;
}

/// Two steps' totals, then the scalars, of rank zero.
std::vector<double> totals(int world, bool on_device, bool overlap, Reduction reduction, double loss_scale = 1) {
  std::vector<double> result;
  run_ranks(world, {}, [&](Communicator& group) {
    GradientReducer reducer(group, kTensors, reducer_options(on_device, overlap, reduction));
    for (int step = 0; step < 2; ++step) {
      reducer.begin(kMicrobatches, loss_scale == 1 ? std::nullopt : std::optional(loss_scale));
      for (int tensor = 0; tensor < static_cast<int>(kTensors.size()); ++tensor) {
        std::vector<std::vector<float>> mine;
        for (int m = group.rank(); m < kMicrobatches; m += world) {
          mine.push_back(gradient(m + step * kMicrobatches, tensor));
          for (float& value : mine.back()) value = static_cast<float>(value * loss_scale);
        }
        std::vector<const float*> pointers;
        for (const auto& values : mine) pointers.push_back(values.data());
        // The first alone, then the others at once.
        reducer.accumulate(tensor, std::span(pointers).first(1));
        reducer.accumulate(tensor, std::span(pointers).subspan(1));
        reducer.ready(tensor);
      }
      const float scalars[] = {0.1f * static_cast<float>(group.rank() + 1), -0x1.8p-41f, 0x1.8p-40f};
      const float* const pointers[] = {&scalars[0], &scalars[1], &scalars[2]};
      reducer.add_to_scalar(0, pointers);
      const StepVerdict verdict = reducer.finish({}, group.rank() == world - 1);
      EXPECT_FALSE(verdict.fault);
      EXPECT_TRUE(verdict.stop_requested);
      EXPECT_FALSE(verdict.overflowed);
      for (std::size_t t = 0; t < kTensors.size(); ++t) {
        std::vector<float> total(static_cast<std::size_t>(kTensors[t].elements));
        reducer.read(static_cast<int>(t), total);
        if (group.rank() == 0) result.insert(result.end(), total.begin(), total.end());
      }
      if (group.rank() == 0) result.push_back(reducer.scalars()[0]);
    }
    reducer.close();
  });
  return result;
}

TEST(DeviceSumsTest, AreTheHostsBitForBit) {
  for (const Reduction reduction : {Reduction::kFixedPoint, Reduction::kFloat}) {
    for (int world = 1; world <= 3; ++world) {
      const std::vector<double> wanted = totals(world, false, false, reduction);
      ASSERT_EQ(wanted.size(), 2u * (3001 + 2 + 512 + 64 + 1));
      for (const bool overlap : {false, true}) EXPECT_EQ(totals(world, true, overlap, reduction), wanted) << world;
    }
  }
  // A loss scale is divided out again, exactly.
  EXPECT_EQ(totals(2, true, true, Reduction::kFixedPoint, 65536), totals(2, false, false, Reduction::kFixedPoint));
}

/// What all ranks are told of a step in which rank 1's tensor "fc" holds `bad`.
StepVerdict verdict_with(float bad, bool on_device, std::optional<double> loss_scale, Reduction reduction) {
  std::vector<StepVerdict> verdicts(2);
  run_ranks(2, {}, [&](Communicator& group) {
    GradientReducer reducer(group, kTensors, reducer_options(on_device, true, reduction));
    reducer.begin(2, loss_scale);
    std::vector<float> values(512, 0.5f);
    if (group.rank() == 1) values[300] = bad;
    const float* pointer = values.data();
    reducer.accumulate(2, std::span(&pointer, 1));
    verdicts[static_cast<std::size_t>(group.rank())] = reducer.finish({}, false);
    reducer.begin(2, loss_scale);
    EXPECT_FALSE(reducer.finish({}, false).fault);  // the step after it is good again
    reducer.close();
  });
  EXPECT_EQ(verdicts[0].fault, verdicts[1].fault);
  EXPECT_EQ(verdicts[0].overflowed, verdicts[1].overflowed);
  return verdicts[0];
}

TEST(DeviceSumsTest, TakeOneLaunchATensorWhereThereIsALauncher) {
  const StepSumsPlan plan{.elements = 5000, .tensors = 2, .buckets = 1, .control_words = 1};
  int launches = 0;
  const SumLauncher on_host = [&](const SumBatch& batch, unsigned blocks) {
    ++launches;
    for (unsigned block = 0; block < blocks; ++block) sum_block(batch, block, 0, 1);
  };
  const auto by_kernel = make_device_sums(plan, at::kCPU, on_host), by_aten = make_device_sums(plan, at::kCPU);
  std::vector<std::vector<float>> gradients;
  for (int m = 0; m < 4; ++m) gradients.push_back(gradient(m, 0));
  gradients[3][2999] = std::numeric_limits<float>::infinity();
  std::vector<const float*> pointers;
  for (const auto& values : gradients) pointers.push_back(values.data());
  for (StepSums* sums : {by_kernel.get(), by_aten.get()}) {
    sums->begin(1 << 18, 1024);
    sums->accumulate({0, 0, 2000}, pointers, true, {});
    sums->accumulate({0, 0, 2000}, pointers, false, {});
    sums->accumulate({1, 2000, 3000}, pointers, true, {});
    sums->settle(0);
    std::int64_t control = 0;
    sums->get_control(std::span(&control, 1));
    EXPECT_EQ(control, 1);
    EXPECT_EQ(sums->late_faults().tensors, std::vector<int>{1});
  }
  EXPECT_EQ(launches, 3);
  EXPECT_TRUE(std::ranges::equal(by_kernel->words(), by_aten->words()));
}

TEST(DeviceSumsTest, NameTheTensorOfABadValueAsTheHostDoes) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  for (const Reduction reduction : {Reduction::kFixedPoint, Reduction::kFloat}) {
    for (const float bad : {kNan, -kInfinity, 3e6f, -0x1p21f}) {
      const StepVerdict wanted = verdict_with(bad, false, std::nullopt, reduction);
      EXPECT_EQ(verdict_with(bad, true, std::nullopt, reduction).fault, wanted.fault) << bad;
      EXPECT_EQ(!wanted.fault, bad == -0x1p21f || (reduction == Reduction::kFloat && bad == 3e6f));
    }
  }
  for (const float bad : {kNan, kInfinity}) {
    const StepVerdict scaled = verdict_with(bad, true, 1024, Reduction::kFixedPoint);
    EXPECT_TRUE(scaled.overflowed);
    EXPECT_FALSE(scaled.fault);
  }
  EXPECT_FALSE(verdict_with(3e6f, true, 1024, Reduction::kFixedPoint).overflowed);  // 3e6 / 1024 fits
}

/// What all ranks are told where the last of them adds to tensors in this order and to a scalar, some of it bad.
std::optional<Fault> fault_with(int world, bool on_device, bool overlap, const std::vector<int>& tensors,
                                float scalar) {
  std::vector<std::optional<Fault>> faults(static_cast<std::size_t>(world));
  run_ranks(world, {}, [&](Communicator& group) {
    GradientReducer reducer(group, kTensors, reducer_options(on_device, overlap, Reduction::kFixedPoint));
    reducer.begin(2);
    const std::vector<float> values(3001, HUGE_VALF);
    const float *pointer = values.data(), *number = &scalar;
    if (group.rank() == world - 1) {
      for (const int tensor : tensors) reducer.accumulate(tensor, std::span(&pointer, 1));
      reducer.add_to_scalar(2, std::span(&number, 1));
    }
    faults[static_cast<std::size_t>(group.rank())] = reducer.finish({}, false).fault;
    reducer.close();
  });
  for (const auto& fault : faults) EXPECT_EQ(fault, faults[0]);
  return faults[0];
}

TEST(DeviceSumsTest, TellTheFaultThatTheHostMeetsFirst) {
  const std::vector<std::pair<std::vector<int>, float>> cases = {
      {{3, 0, 2}, 1.0f}, {{1, 2}, HUGE_VALF}, {{}, HUGE_VALF}, {{}, std::nanf("")}, {{}, 3e6f}, {{}, 2e6f}};
  for (int world = 1; world <= 3; ++world) {
    for (const auto& [tensors, scalar] : cases) {
      const std::optional<Fault> wanted = fault_with(world, false, false, tensors, scalar);
      EXPECT_EQ(!wanted, scalar == 2e6f);
      for (const bool overlap : {false, true})
        EXPECT_EQ(fault_with(world, true, overlap, tensors, scalar), wanted) << world;
    }
  }
}

TEST(DeviceSumsTest, ControlWordsStandBehindTheElements) {
  const auto sums = make_device_sums({.elements = 3, .tensors = 1, .buckets = 1, .control_words = 2}, at::kCPU);
  EXPECT_EQ(sums->words().size(), 5u);
  EXPECT_TRUE(sums->floats().empty());
  const std::int64_t written[] = {-7, std::int64_t{1} << 60};
  const float one = 1;
  const float* const ones[] = {&one, &one};
  sums->begin(4, 2);  // scalars are not scaled
  EXPECT_TRUE(sums->add_scalars(1, ones));
  std::int64_t read[2] = {};
  sums->settle(0);  // nothing is bad
  sums->add_control(written);
  EXPECT_EQ(sums->words()[3], -7);
  sums->get_control(read);
  EXPECT_EQ(read[1], (std::int64_t{1} << 60) + (std::int64_t{2} << kFixedPointBits));
  const float five = 5;
  const float* bad = &five;
  sums->add_scalars(1, std::span(&bad, 1));
  sums->settle(0);
  sums->get_control(read);
  EXPECT_EQ(read[0], -6);
  EXPECT_EQ(sums->late_faults().control_words, std::vector<std::size_t>{1});
  EXPECT_TRUE(sums->late_faults().tensors.empty());
  sums->begin(4, 2);
  sums->get_control(read);
  EXPECT_EQ(read[0], 0);
  EXPECT_EQ(read[1], 0);
  EXPECT_TRUE(sums->late_faults().control_words.empty());
  const auto floats =
      make_device_sums({.elements = 3, .tensors = 1, .buckets = 1, .control_words = 2, .as_float = true}, at::kCPU);
  EXPECT_EQ(floats->words().size(), 2u);
  EXPECT_EQ(floats->floats().size(), 3u);
}

}  // namespace
}  // namespace unmask
