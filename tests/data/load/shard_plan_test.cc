#include "data/load/shard_plan.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace unmask {
namespace {

TEST(ShardPlan, AnOrderIsAPermutationOfSeedAndEpochAlone) {
  const auto order = plan_order(1000, 7, 3);
  EXPECT_EQ(order, plan_order(1000, 7, 3));
  EXPECT_NE(order, plan_order(1000, 7, 4));
  EXPECT_NE(order, plan_order(1000, 8, 3));
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint32_t> all(1000);
  std::iota(all.begin(), all.end(), 0u);
  EXPECT_EQ(sorted, all);
  EXPECT_NE(order, all);
  EXPECT_TRUE(plan_order(0, 7, 3).empty());
}

TEST(ShardPlan, SeedsDifferInTheirUpperHalfToo) {
  EXPECT_NE(plan_order(1000, 7, 0), plan_order(1000, 7 | std::uint64_t{1} << 40, 0));
}

TEST(ShardPlan, SubsetsAreNestedAscendingAndRoundedUp) {
  std::set<std::uint32_t> smaller;
  for (const double ratio : {0.001, 0.1, 0.25, 0.5, 0.75, 1.0}) {
    const auto subset = plan_subset(997, ratio, 5);
    EXPECT_EQ(subset.size(), static_cast<std::size_t>(std::ceil(ratio * 997)));
    EXPECT_TRUE(std::is_sorted(subset.begin(), subset.end()));
    const std::set<std::uint32_t> kept(subset.begin(), subset.end());
    EXPECT_EQ(kept.size(), subset.size());
    EXPECT_TRUE(std::includes(kept.begin(), kept.end(), smaller.begin(), smaller.end()));
    smaller = kept;
  }
  EXPECT_EQ(plan_subset(100, 0.07, 5).size(), 7u);  // 0.07 * 100 is a little more than 7 in floating point
  EXPECT_NE(plan_subset(997, 0.5, 5), plan_subset(997, 0.5, 6));
  EXPECT_TRUE(plan_subset(0, 0.5, 5).empty());
}

TEST(ShardPlan, TheLastBatchOfAnEpochIsKept) {
  EXPECT_EQ(steps_per_epoch(100, 32), 4);
  EXPECT_EQ(steps_per_epoch(96, 32), 3);
  EXPECT_EQ(steps_per_epoch(1, 32), 1);
  EXPECT_EQ(steps_per_epoch(0, 32), 0);
}

TEST(ShardPlan, ALoneLastSampleJoinsTheBatchBeforeIt) {
  EXPECT_EQ(steps_per_epoch(97, 32), 3);
  EXPECT_EQ(batch_samples(97, 32, 1), 32);
  EXPECT_EQ(batch_samples(97, 32, 2), 33);
  EXPECT_EQ(batch_samples(98, 32, 3), 2);
  EXPECT_EQ(steps_per_epoch(3, 2), 1);
  for (const std::int64_t size : {1, 2, 3, 32}) {
    for (std::int64_t n = 1; n < 100; ++n) {
      std::int64_t samples = 0;
      for (std::int64_t step = 0; step < steps_per_epoch(n, size); ++step) {
        const std::int64_t batch = batch_samples(n, size, step);
        EXPECT_TRUE(batch > 1 || size == 1 || n == 1) << n << " in batches of " << size;
        EXPECT_EQ(step * size, samples) << "a batch begins where it always did";
        samples += batch;
      }
      EXPECT_EQ(samples, n) << "in batches of " << size;
    }
  }
}

TEST(ShardPlan, MicrobatchesByTable) {
  struct Row {
    std::int64_t batch, micro;
    std::vector<Microbatch> wanted;
  };
  const Row table[] = {
      {64, 16, {{0, 16}, {16, 16}, {32, 16}, {48, 16}}},
      {40, 16, {{0, 16}, {16, 16}, {32, 8}}},
      {34, 16, {{0, 16}, {16, 16}, {32, 2}}},
      {33, 16, {{0, 16}, {16, 17}}},  // a rest of one joins the microbatch before it
      {17, 16, {{0, 17}}},
      {10, 16, {{0, 10}}},
      {1, 16, {{0, 1}}},  // nothing before it to join
      {64, 0, {{0, 64}}},
      {1, 0, {{0, 1}}},
      {3, 1, {{0, 1}, {1, 1}, {2, 1}}},  // ones on purpose are not a rest
      {5, 2, {{0, 2}, {2, 3}}},
      {0, 16, {}},
      {0, 0, {}},
  };
  for (const Row& row : table) {
    EXPECT_EQ(plan_microbatches(row.batch, row.micro), row.wanted) << row.batch << " / " << row.micro;
  }
}

TEST(ShardPlan, ShardsAreContiguousCompleteAndEven) {
  using Indices = std::vector<std::int64_t>;
  EXPECT_EQ(plan_shard(5, 0, 2), (Indices{0, 1, 2}));
  EXPECT_EQ(plan_shard(5, 1, 2), (Indices{3, 4}));
  EXPECT_EQ(plan_shard(2, 2, 4), Indices{});
  for (int world = 1; world <= 7; ++world) {
    for (std::int64_t count = 0; count < 20; ++count) {
      Indices all;
      std::size_t least = 100, most = 0;
      for (int rank = 0; rank < world; ++rank) {
        const Indices shard = plan_shard(count, rank, world);
        all.insert(all.end(), shard.begin(), shard.end());
        least = std::min(least, shard.size());
        most = std::max(most, shard.size());
      }
      Indices wanted(static_cast<std::size_t>(count));
      std::iota(wanted.begin(), wanted.end(), 0);
      EXPECT_EQ(all, wanted);
      EXPECT_LE(most - least, 1u);
    }
  }
}

}  // namespace
}  // namespace unmask
