#include "sweep/plan/disk_plan.h"

#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(DiskPlanTest, CountsThePublishedNetwork) {
  // torchvision's resnet18 has 11,689,512 parameters with its head of 1,000 classes.
  EXPECT_EQ(trained_parameters(false), 11689512 - 513000 + 1026);
  EXPECT_EQ(trained_parameters(true), 11689512 - 513000 + 131328 + 512 + 514);
  EXPECT_EQ(running_statistics(false), 9600);
  EXPECT_EQ(running_statistics(true), 9600 + 512);
}

TEST(DiskPlanTest, WhatLiesThereAtOnce) {
  const std::int64_t checkpoint = checkpoint_bytes(false), model = model_bytes(false);
  struct Case {
    DiskDemand demand;
    std::int64_t checkpoints, models;
  };
  const std::vector<Case> cases = {
      {{.trials = 1, .running = 1}, 3, 1 + 1 + 1},
      {{.trials = 140, .running = 8}, 24, 8 + 1 + 1},
      {{.trials = 4, .running = 16}, 12, 4 + 1 + 1},  // more ranks than trials
      {{.trials = 140, .running = 8, .train_sets = 3, .keep_best = 2}, 24, 8 + 6 + 1},
      {{.trials = 140, .running = 8, .waiting_at_rung = 16}, 2 * 24 + 8, 24 + 1 + 1},
      {{.trials = 4, .running = 2, .waiting_at_rung = 16, .keep_best = 9}, 2 * 4 + 2, 4 + 4 + 1},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(sweep_disk_bytes(each.demand), each.checkpoints * checkpoint + each.models * model);
  }
  DiskDemand hidden{.hidden_head = true, .trials = 1};
  EXPECT_GT(sweep_disk_bytes(hidden), sweep_disk_bytes({.trials = 1}));
}

}  // namespace
}  // namespace unmask
