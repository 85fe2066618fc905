#include "data/load/epoch_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "data/load/shard_plan.h"

namespace unmask {
namespace {

/// 100 samples: dataset 0 has 40, of which every tenth is real; dataset 1 has 60, of which every third is real.
std::vector<SampleKind> lopsided() {
  std::vector<SampleKind> kinds;
  for (std::uint32_t i = 0; i < 40; ++i) kinds.push_back({0, static_cast<std::uint8_t>(i % 10 != 0)});
  for (std::uint32_t i = 0; i < 60; ++i) kinds.push_back({1, static_cast<std::uint8_t>(i % 3 != 0)});
  return kinds;
}

std::map<std::pair<std::uint32_t, int>, int> counted(const std::vector<std::uint32_t>& drawn) {
  const std::vector<SampleKind> kinds = lopsided();
  std::map<std::pair<std::uint32_t, int>, int> counts;
  for (const std::uint32_t sample : drawn) ++counts[{kinds.at(sample).dataset, kinds.at(sample).label}];
  return counts;
}

/// How often the samples of a group are drawn differs by one at most.
void expect_even(const std::vector<DrawGroup>& groups, const std::vector<std::uint32_t>& drawn) {
  for (const DrawGroup& group : groups) {
    std::vector<std::ptrdiff_t> times;
    for (const std::uint32_t member : group.members) times.push_back(std::ranges::count(drawn, member));
    EXPECT_EQ(std::accumulate(times.begin(), times.end(), std::ptrdiff_t{0}), group.slots);
    EXPECT_LE(*std::ranges::max_element(times) - *std::ranges::min_element(times), 1);
  }
}

TEST(EpochPlan, TheSamplerDrawsBothClassesEquallyOften) {
  const auto groups = plan_groups(lopsided(), {}, true);
  for (std::uint32_t epoch = 0; epoch < 5; ++epoch) {
    const auto drawn = plan_draws(groups, 3, epoch);
    ASSERT_EQ(drawn.size(), 100u);
    EXPECT_TRUE(std::ranges::is_sorted(drawn));
    const auto counts = counted(drawn);
    EXPECT_EQ(counts.at({0, 0}) + counts.at({1, 0}), 50);
    expect_even(groups, drawn);
    EXPECT_EQ(drawn, plan_draws(groups, 3, epoch));
  }
  EXPECT_NE(plan_draws(groups, 3, 0), plan_draws(groups, 3, 1));
  EXPECT_NE(plan_draws(groups, 3, 0), plan_draws(groups, 4, 0));
}

TEST(EpochPlan, OfAnOddNumberRealGetsOneMore) {
  const std::vector<SampleKind> kinds = {{0, 1}, {0, 1}, {0, 0}, {0, 1}, {0, 1}};
  const auto groups = plan_groups(kinds, {}, true);
  EXPECT_EQ(groups.at(0).slots, 3u);
  EXPECT_EQ(groups.at(1).slots, 2u);
  EXPECT_EQ(std::ranges::count(plan_draws(groups, 1, 0), 2u), 3);
}

TEST(EpochPlan, DatasetsGetSlotsInTheRatioOfTheirWeights) {
  const auto groups = plan_groups(lopsided(), std::vector<DatasetPart>{{"a", 1}, {"b", 2}}, false);
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    const auto drawn = plan_draws(groups, 3, epoch);
    ASSERT_EQ(drawn.size(), 100u);
    const auto counts = counted(drawn);
    EXPECT_EQ(counts.at({0, 0}) + counts.at({0, 1}), 33);
    EXPECT_EQ(counts.at({1, 0}) + counts.at({1, 1}), 67);  // two thirds of 100: 66.7
    expect_even(groups, drawn);
  }
}

TEST(EpochPlan, WithBothEachDatasetIsBalanced) {
  const auto groups = plan_groups(lopsided(), std::vector<DatasetPart>{{"a", 3}, {"b", 1}}, true);
  const auto drawn = plan_draws(groups, 9, 2);
  const auto counts = counted(drawn);
  EXPECT_EQ(counts.at({0, 0}), 38);  // 75 slots
  EXPECT_EQ(counts.at({0, 1}), 37);
  EXPECT_EQ(counts.at({1, 0}), 13);  // 25 slots
  EXPECT_EQ(counts.at({1, 1}), 12);
  expect_even(groups, drawn);
}

TEST(EpochPlan, EverySampleOfALargeGroupIsDrawnInTime) {
  const auto groups = plan_groups(lopsided(), {}, true);  // 72 fakes for 50 slots
  std::set<std::uint32_t> seen;
  for (std::uint32_t epoch = 0; epoch < 12; ++epoch) {
    for (const std::uint32_t sample : plan_draws(groups, 3, epoch)) seen.insert(sample);
  }
  EXPECT_EQ(seen.size(), 100u);
}

std::string refusal(const std::vector<SampleKind>& kinds, const std::vector<DatasetPart>& parts, bool balance) {
  try {
    plan_groups(kinds, parts, balance);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "";
}

TEST(EpochPlan, WhatCannotBeDrawnIsNamed) {
  EXPECT_EQ(refusal({{0, 1}, {0, 1}}, {}, true),
            "data.train has no real crop to draw; data.balance = \"sampler\" needs both classes");
  EXPECT_EQ(refusal({{0, 1}, {0, 0}, {1, 0}, {1, 0}}, {{"a"}, {"b"}}, true),
            "dataset b has no fake crop to draw; data.balance = \"sampler\" needs both classes");
  EXPECT_EQ(refusal({{0, 1}, {0, 0}}, {{"a"}, {"b"}}, false), "dataset b has no crop to draw");
  EXPECT_EQ(refusal({{0, 1}}, {}, false), "");
}

// The definition, in other words: n new and m old crops with m / (n + m) as near to the share as whole m allow.
TEST(EpochPlan, OldSamplesAreTheShareOfTheWholeEpoch) {
  for (const double share : {0.0, 0.01, 0.2, 0.25, 1 / 3.0, 0.5, 0.9, 0.99}) {
    for (const std::uint32_t fresh : {2u, 7u, 80u, 12345u}) {
      const auto away = [&](double old) { return std::abs(old - share * (fresh + old)); };
      const std::uint32_t old = replayed_slots(fresh, share);
      EXPECT_LE(away(old), away(old + 1.0) + 1e-9) << share << " " << fresh;
      if (old > 0) {
        EXPECT_LE(away(old), away(old - 1.0) + 1e-9) << share << " " << fresh;
      }
    }
  }
  EXPECT_EQ(replayed_slots(80, 0.2), 20u);
  EXPECT_THROW(replayed_slots(4'000'000'000u, 0.5), Error);
}

TEST(EpochPlan, ReplayDrawsEachNewSampleOnceAndOldOnesInTurn) {
  std::vector<SampleKind> old(30);
  for (std::uint32_t i = 0; i < 30; ++i) old[i] = {i % 2, static_cast<std::uint8_t>(i % 3 == 0)};
  std::vector<DrawGroup> groups;
  add_replay(groups, 40, old, 10, false);
  std::set<std::uint32_t> seen;
  for (std::uint32_t epoch = 0; epoch < 12; ++epoch) {
    const auto drawn = plan_draws(groups, 3, epoch);
    ASSERT_EQ(drawn.size(), 50u);
    for (std::uint32_t i = 0; i < 40; ++i) EXPECT_EQ(drawn[i], i);
    const std::set<std::uint32_t> replayed(drawn.begin() + 40, drawn.end());
    EXPECT_EQ(replayed.size(), 10u) << "none twice while there are enough";
    EXPECT_GE(*replayed.begin(), 40u);
    EXPECT_LT(*replayed.rbegin(), 70u);
    seen.insert(replayed.begin(), replayed.end());
  }
  EXPECT_EQ(seen.size(), 30u) << "each is drawn in time";
  // A larger share draws the same ones, and more.
  std::vector<DrawGroup> more;
  add_replay(more, 40, old, 17, false);
  EXPECT_TRUE(std::ranges::includes(plan_draws(more, 3, 5), plan_draws(groups, 3, 5)));
}

TEST(EpochPlan, ReplayLeavesTheNewPartAsItIsAndIsBalancedLikeIt) {
  std::vector<SampleKind> old(9, {0, 0});
  old[4].label = 1;
  const std::vector<DrawGroup> alone = plan_groups(lopsided(), {}, true);
  std::vector<DrawGroup> groups = alone;
  add_replay(groups, 100, old, 25, true);
  const auto drawn = plan_draws(groups, 3, 1);
  ASSERT_EQ(drawn.size(), 125u);
  EXPECT_EQ(std::vector<std::uint32_t>(drawn.begin(), drawn.begin() + 100), plan_draws(alone, 3, 1));
  EXPECT_EQ(std::ranges::count(drawn, 104u), 12) << "the one old fake, half of 25";
  std::vector<DrawGroup> one_class = alone;
  EXPECT_THROW(add_replay(one_class, 100, std::vector<SampleKind>(5), 25, true), Error);
}

TEST(EpochPlan, ASubsetOfVideosIsNestedAndHoldsWholeVideos) {
  std::vector<std::uint32_t> video_of;
  for (std::uint32_t i = 0; i < 300; ++i) video_of.push_back(i * i % 37);  // not in one piece
  std::map<std::uint32_t, std::uint32_t> dense;
  for (std::uint32_t& video : video_of) {
    video = dense.try_emplace(video, static_cast<std::uint32_t>(dense.size())).first->second;
  }
  std::vector<std::uint32_t> smaller;
  for (const double ratio : {0.05, 0.1, 0.25, 0.5, 0.75, 1.0}) {
    const auto subset = plan_video_subset(video_of, ratio, 5);
    EXPECT_TRUE(std::ranges::is_sorted(subset));
    EXPECT_TRUE(std::ranges::includes(subset, smaller)) << ratio;
    std::set<std::uint32_t> kept;
    for (const std::uint32_t sample : subset) kept.insert(video_of[sample]);
    EXPECT_EQ(kept.size(), plan_subset(static_cast<std::uint32_t>(dense.size()), ratio, 5).size());
    for (std::uint32_t i = 0; i < 300; ++i) {
      EXPECT_EQ(std::ranges::binary_search(subset, i), kept.contains(video_of[i])) << i;
    }
    smaller = subset;
  }
  EXPECT_EQ(smaller.size(), 300u);
  EXPECT_NE(plan_video_subset(video_of, 0.5, 5), plan_video_subset(video_of, 0.5, 6));
  EXPECT_TRUE(plan_video_subset({}, 0.5, 5).empty());
}

TEST(EpochPlan, ABlockOrderTakesEachPlaceOnce) {
  for (const std::uint32_t n : {0u, 1u, 7u, 64u, 1000u, 1001u}) {
    for (const std::uint32_t block : {1u, 8u, 64u, 5000u}) {
      for (const std::uint32_t window : {1u, 3u, 1000u}) {
        auto order = plan_block_order(n, block, window, 7, 3);
        EXPECT_EQ(order, plan_block_order(n, block, window, 7, 3));
        std::ranges::sort(order);
        std::vector<std::uint32_t> all(n);
        std::iota(all.begin(), all.end(), 0u);
        EXPECT_EQ(order, all) << n << ", " << block << ", " << window;
      }
    }
  }
  EXPECT_NE(plan_block_order(1000, 8, 3, 7, 3), plan_block_order(1000, 8, 3, 7, 4));
  EXPECT_NE(plan_block_order(1000, 8, 3, 7, 3), plan_block_order(1000, 8, 3, 8, 3));
}

TEST(EpochPlan, AWindowHoldsWholeBlocksAndIsShuffled) {
  const auto order = plan_block_order(1024, 16, 4, 7, 0);
  std::set<std::uint32_t> blocks_seen;
  bool blocks_in_order = true;
  for (std::size_t first = 0; first < 1024; first += 64) {
    const std::vector<std::uint32_t> window(order.begin() + static_cast<std::ptrdiff_t>(first),
                                            order.begin() + static_cast<std::ptrdiff_t>(first) + 64);
    std::set<std::uint32_t> blocks;
    for (const std::uint32_t place : window) blocks.insert(place / 16);
    EXPECT_EQ(blocks.size(), 4u);
    int in_sequence = 0;
    for (std::size_t i = 1; i < window.size(); ++i) in_sequence += window[i] == window[i - 1] + 1 ? 1 : 0;
    EXPECT_LT(in_sequence, 10);  // of 63; blocks alone would have 60
    blocks_in_order &= blocks_seen.empty() || *blocks.begin() > *blocks_seen.rbegin();
    blocks_seen.insert(blocks.begin(), blocks.end());
  }
  EXPECT_EQ(blocks_seen.size(), 64u);
  EXPECT_FALSE(blocks_in_order);
}

TEST(EpochPlan, AWindowIsReadInTheOrderOfTheDisk) {
  const std::vector<std::uint32_t> order = {5, 1, 9, 0, 7, 2, 8};
  EXPECT_EQ(plan_reading(order, 3), (std::vector<std::uint32_t>{1, 5, 9, 0, 2, 7, 8}));
  EXPECT_EQ(plan_reading(order, 100), (std::vector<std::uint32_t>{0, 1, 2, 5, 7, 8, 9}));
}

}  // namespace
}  // namespace unmask
