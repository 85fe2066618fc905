#include "dist/gradient_reducer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/philox.h"
#include "dist/fixed_point.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

constexpr int kMicrobatches = 5;
constexpr int kTensorCount = 7;

std::vector<ReducedTensor> some_tensors() {
  std::vector<ReducedTensor> tensors;
  const std::int64_t sizes[kTensorCount] = {2, 1024, 3001, 64, 9000, 512, 147};
  for (int i = 0; i < kTensorCount; ++i) tensors.push_back({"tensor" + std::to_string(i), sizes[i]});
  return tensors;
}

/// Magnitudes from 2^-30 to 2^3: float sums of these depend on their order.
std::vector<float> gradient(int step, int microbatch, int tensor, std::int64_t elements) {
  Draws draws(7, DrawFor::kProbe, static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(microbatch),
              static_cast<std::uint32_t>(tensor));
  std::vector<float> values;
  for (std::int64_t i = 0; i < elements; ++i) {
    values.push_back(std::ldexp(draws.uniform() - 0.5f, static_cast<int>(draws.below(34)) - 30));
  }
  return values;
}

/// Which rank runs a microbatch: any of these gives the same bits.
int block_owner(int microbatch, int world) { return microbatch * world / kMicrobatches; }
int round_robin_owner(int microbatch, int world) { return microbatch % world; }
int last_rank_owner(int, int world) { return world - 1; }
using Owner = int (*)(int, int);

std::string digest_of(const std::vector<std::vector<float>>& totals) {
  Digest128Stream stream;
  for (const auto& total : totals) stream.update(std::as_bytes(std::span(total)));
  return to_hex(stream.digest());
}

/// What one process that sees all microbatches computes, without the reducer.
std::string sequential_digest(int step) {
  std::vector<std::vector<float>> totals;
  const auto tensors = some_tensors();
  for (int t = 0; t < kTensorCount; ++t) {
    std::vector<std::int64_t> sums(static_cast<std::size_t>(tensors[static_cast<std::size_t>(t)].elements));
    for (int m = 0; m < kMicrobatches; ++m) {
      const auto values = gradient(step, m, t, tensors[static_cast<std::size_t>(t)].elements);
      for (std::size_t i = 0; i < values.size(); ++i) sums[i] += to_fixed_point(static_cast<double>(values[i]));
    }
    auto& total = totals.emplace_back(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) total[i] = static_cast<float>(from_fixed_point(sums[i]));
  }
  return digest_of(totals);
}

std::vector<std::vector<float>> totals_of(const GradientReducer& reducer) {
  std::vector<std::vector<float>> totals;
  const auto tensors = some_tensors();
  for (int t = 0; t < kTensorCount; ++t) {
    reducer.read(t, totals.emplace_back(static_cast<std::size_t>(tensors[static_cast<std::size_t>(t)].elements)));
  }
  return totals;
}

/// One step as a trainer does it; all local microbatches at once, or one by one.
std::vector<std::vector<float>> run_step(GradientReducer& reducer, int step, Owner owner, bool at_once) {
  const auto tensors = some_tensors();
  reducer.begin(kMicrobatches);
  for (int t = 0; t < kTensorCount; ++t) {
    std::vector<std::vector<float>> mine;
    for (int m = 0; m < kMicrobatches; ++m) {
      if (owner(m, mpi_world().world()) == mpi_world().rank()) {
        mine.push_back(gradient(step, m, t, tensors[static_cast<std::size_t>(t)].elements));
      }
    }
    std::vector<const float*> pointers;
    for (const auto& values : mine) pointers.push_back(values.data());
    if (at_once) {
      reducer.accumulate(t, pointers);
    } else {
      for (const float* pointer : pointers) reducer.accumulate(t, std::span(&pointer, 1));
    }
    reducer.ready(t);
  }
  const float scalars[2] = {0.25f * static_cast<float>(mpi_world().rank() + 1), 1};
  for (int i = 0; i < 2; ++i) {
    const float* scalar = &scalars[i];
    reducer.add_to_scalar(i, std::span(&scalar, 1));
  }
  const StepVerdict verdict = reducer.finish({}, false);
  EXPECT_FALSE(verdict.fault);
  EXPECT_FALSE(verdict.stop_requested);
  return totals_of(reducer);
}

class GradientReducerOverMpi : public testing::TestWithParam<bool> {
 protected:
  ReducerOptions options(std::int64_t bucket_bytes = 16 << 10) const {
    return {.reduction = Reduction::kFixedPoint, .bucket_bytes = bucket_bytes, .overlap = GetParam()};
  }
};

TEST_P(GradientReducerOverMpi, GivesTheBitsOfOneProcessForAnySharingOut) {
  for (const std::int64_t bucket_bytes : {std::int64_t{1}, std::int64_t{16 << 10}, std::int64_t{1} << 30}) {
    GradientReducer reducer(mpi_world(), some_tensors(), options(bucket_bytes));
    int step = 0;
    for (const Owner owner : {block_owner, round_robin_owner, last_rank_owner}) {
      for (const bool at_once : {true, false}) {
        EXPECT_EQ(digest_of(run_step(reducer, step, owner, at_once)), sequential_digest(step)) << "step " << step;
        ++step;
      }
    }
    const std::vector<double> scalars = reducer.scalars();
    const int world = mpi_world().world();
    EXPECT_EQ(scalars.at(0), 0.25 * world * (world + 1) / 2);
    EXPECT_EQ(scalars.at(1), world);
    EXPECT_EQ(scalars.at(2), 0);
    reducer.close();
  }
}

TEST_P(GradientReducerOverMpi, ReducesBucketsInTheSameOrderOnAllRanksThoughTheyBecomeReadyInAnother) {
  GradientReducer reducer(mpi_world(), some_tensors(), options(1));
  const auto tensors = some_tensors();
  reducer.begin(mpi_world().world());
  for (int k = 0; k < kTensorCount; ++k) {
    const int t = (k + mpi_world().rank() * 3) % kTensorCount;
    const std::vector<float> ones(static_cast<std::size_t>(tensors[static_cast<std::size_t>(t)].elements),
                                  float(t + 1));
    const float* pointer = ones.data();
    reducer.accumulate(t, std::span(&pointer, 1));
    reducer.ready(t);
  }
  EXPECT_FALSE(reducer.finish({}, false).fault);
  const auto totals = totals_of(reducer);
  for (int t = 0; t < kTensorCount; ++t) {
    for (const float value : totals[static_cast<std::size_t>(t)]) ASSERT_EQ(value, (t + 1) * mpi_world().world());
  }
  reducer.close();
}

TEST_P(GradientReducerOverMpi, TellsAllRanksWhyOneOfThemFailedAndGoesOnWithTheNextStep) {
  GradientReducer reducer(mpi_world(), some_tensors(), options());
  const int last = mpi_world().world() - 1;
  reducer.begin(kMicrobatches);
  // The failed rank leaves some tensors untouched and one only half done.
  const std::vector<float> values(1024, 1.0f);
  const float* pointer = values.data();
  reducer.accumulate(1, std::span(&pointer, 1));
  if (mpi_world().rank() != last) {
    for (int t = 0; t < kTensorCount; ++t) reducer.ready(t);
  }
  const Fault memory{.cause = Cause::kMemory, .text = "out of memory"};
  const StepVerdict verdict = reducer.finish(mpi_world().rank() == last ? std::optional(memory) : std::nullopt, false);
  EXPECT_EQ(verdict.fault, (Fault{.cause = Cause::kMemory, .text = "out of memory", .rank = last}));
  EXPECT_EQ(digest_of(run_step(reducer, 3, block_owner, true)), sequential_digest(3));
  reducer.close();
}

TEST_P(GradientReducerOverMpi, NamesTheTensorOfABadValueOnAllRanks) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity(), 3e6f}) {
    GradientReducer reducer(mpi_world(), some_tensors(), options());
    reducer.begin(kMicrobatches);
    std::vector<float> values(3001, 0.5f);
    if (mpi_world().rank() == 0) values[3000] = bad;
    const float* pointer = values.data();
    reducer.accumulate(2, std::span(&pointer, 1));
    for (int t = 0; t < kTensorCount; ++t) reducer.ready(t);
    EXPECT_EQ(reducer.finish({}, false).fault,
              (Fault{.cause = Cause::kDivergence,
                     .text = "tensor2: gradient is not finite or too large for fixed point",
                     .rank = 0}));
    reducer.close();
  }
}

TEST_P(GradientReducerOverMpi, OfSeveralRanksThatFailedTheFirstIsTold) {
  GradientReducer reducer(mpi_world(), some_tensors(), options());
  reducer.begin(1);
  const int first = mpi_world().world() / 2;
  std::optional<Fault> mine;
  if (mpi_world().rank() >= first) mine = Fault{.text = "fault " + std::to_string(mpi_world().rank())};
  EXPECT_EQ(reducer.finish(mine, false).fault, (Fault{.text = "fault " + std::to_string(first), .rank = first}));
  reducer.close();
}

TEST_P(GradientReducerOverMpi, SpreadsTheStopFlagOfOneRank) {
  GradientReducer reducer(mpi_world(), some_tensors(), options());
  reducer.begin(1);
  const StepVerdict verdict = reducer.finish({}, mpi_world().rank() == mpi_world().world() - 1);
  EXPECT_TRUE(verdict.stop_requested);
  EXPECT_FALSE(verdict.fault);
  for (const auto& total : totals_of(reducer)) {
    for (const float value : total) ASSERT_EQ(value, 0);
  }
  reducer.close();
}

TEST_P(GradientReducerOverMpi, FloatSumsAreThoseOfTheRanksInTurn) {
  // 2^24 + 1 is no float: one rank loses both ones, two ranks add them up first.
  ReducerOptions chosen = options();
  chosen.reduction = Reduction::kFloat;
  GradientReducer reducer(mpi_world(), {{"weight", 1}}, chosen);
  reducer.begin(3);
  const float addends[3] = {0x1p24f, 1, 1};
  for (int m = 0; m < 3; ++m) {
    if (std::min(m, 1) % mpi_world().world() != mpi_world().rank()) continue;
    const float* pointer = &addends[m];
    reducer.accumulate(0, std::span(&pointer, 1));
  }
  reducer.ready(0);
  EXPECT_TRUE(reducer.finish({}, true).stop_requested);
  float total = 0;
  reducer.read(0, std::span(&total, 1));
  EXPECT_EQ(total, mpi_world().world() == 1 ? 0x1p24f : 0x1p24f + 2);
  reducer.close();
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutOverlap, GradientReducerOverMpi, testing::Bool(),
                         [](const auto& what) { return what.param ? "overlapped" : "in_finish"; });

}  // namespace
}  // namespace unmask
