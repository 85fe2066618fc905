#include "sweep/plan/disk_plan.h"

#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

TEST(DiskPlanTest, FilesAreAsLargeAsTheirValues) {
  // torchvision's resnet18 has 11,689,512 parameters with its head of 1,000 classes, and 4,800 channels with two
  // running statistics each.
  constexpr std::int64_t kParameters = 11'689'512 - 513'000 + 2 * 512 + 2, kStatistics = 9600;
  EXPECT_EQ(model_bytes({}), 4 * (kParameters + kStatistics));
  EXPECT_EQ(checkpoint_bytes({}), 4 * (4 * kParameters + 2 * kStatistics));
  EXPECT_EQ(checkpoint_bytes({}) / kMiB, 170);
}

TEST(DiskPlanTest, WhatLiesThereAtOnce) {
  const std::int64_t checkpoint = checkpoint_bytes({}), model = model_bytes({});
  struct Case {
    DiskDemand demand;
    std::int64_t checkpoints, models;
  };
  const std::vector<Case> cases = {
      {{.trials = 1, .running = 1}, 3, 1 + 1 + 1},
      {{.trials = 140, .running = 8, .keep_best = 1}, 24, 8 + 1 + 1},
      {{.trials = 4, .running = 16, .keep_best = 1}, 12, 4 + 1 + 1},  // more ranks than trials
      {{.trials = 140, .running = 8, .train_sets = 3, .keep_best = 2}, 24, 8 + 6 + 1},
      {{.trials = 140, .running = 8, .waiting_at_rung = 16, .keep_best = 1}, 2 * 24 + 8, 24 + 1 + 1},
      {{.trials = 140, .running = 8, .train_sets = 3}, 24, 8 + 140 + 1},  // all of them stay
      {{.trials = 4, .running = 2, .waiting_at_rung = 16, .keep_best = 9}, 2 * 4 + 2, 4 + 4 + 1},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(sweep_disk_bytes(each.demand), each.checkpoints * checkpoint + each.models * model);
  }
}

TEST(DiskPlanTest, TheHiddenHeadTakesMore) {
  // linear(512, 256), a norm of 256, linear(256, 2) instead of linear(512, 2); 256 channels with running statistics.
  constexpr std::int64_t kMore = 512 * 256 + 256 + 2 * 256 + 2 * 256 + 2 - (2 * 512 + 2);
  const ModelOptions hidden{.head = Head::kHidden};
  EXPECT_EQ(model_bytes(hidden) - model_bytes({}), 4 * (kMore + 2 * 256));
  EXPECT_EQ(checkpoint_bytes(hidden) - checkpoint_bytes({}), 4 * (4 * kMore + 2 * 2 * 256));
  EXPECT_EQ(sweep_disk_bytes({.model = hidden}), 3 * (checkpoint_bytes(hidden) + model_bytes(hidden)));
}

TEST(DiskPlanTest, EveryEpochLeavesItsPictures) {
  EXPECT_EQ(sweep_disk_bytes({.epochs = 140 * 20}) - sweep_disk_bytes({}), 140 * 20 * 700'000LL);
}

TEST(DiskPlanTest, TheModeSaysHowManyTrialsRun) {
  SweepOptions sweep;
  sweep.group_size = 2;
  sweep.keep_best = 3;
  const auto demand = [&](SweepMode mode) {
    sweep.mode = mode;
    return disk_demand(sweep, 8, 140, 5, {});
  };
  EXPECT_EQ(demand(SweepMode::kSequential).running, 1);
  EXPECT_EQ(demand(SweepMode::kConcurrent).running, 4);
  EXPECT_EQ(demand(SweepMode::kElastic).running, 8);
  EXPECT_EQ(demand(SweepMode::kElastic).waiting_at_rung, 0);
  EXPECT_EQ(demand(SweepMode::kElastic).keep_best, 3);
  EXPECT_EQ(demand(SweepMode::kElastic).train_sets, 5);
  sweep.stop = StoppingRule::kMedian;
  sweep.cohort = 24;
  EXPECT_EQ(demand(SweepMode::kElastic).waiting_at_rung, 24);
  sweep.group_size = 100;
  EXPECT_EQ(demand(SweepMode::kConcurrent).running, 1);
}

TEST(DiskPlanTest, SeedsKeepTheirWeightsUntilTheirPointIsWhole) {
  DiskDemand demand{.trials = 30, .keep_best = 1};
  const std::int64_t one_seed = sweep_disk_bytes(demand);
  demand.repeats = 3;
  EXPECT_EQ(sweep_disk_bytes(demand) - one_seed, 10 * model_bytes({})) << "one of each point";
  demand.keep_best = 9;
  EXPECT_EQ(sweep_disk_bytes(demand) - one_seed, (9 + 20 - 1) * model_bytes({})) << "all but the last seed";
  EXPECT_EQ(most_under_way({.mode = SweepMode::kElastic}, 8), 8);
  EXPECT_EQ(most_under_way({.mode = SweepMode::kElastic, .cohort = 24, .stop = StoppingRule::kMedian}, 8), 32);
}

}  // namespace
}  // namespace unmask
