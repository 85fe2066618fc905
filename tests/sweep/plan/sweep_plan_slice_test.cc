#include "sweep/plan/sweep_plan.h"

#include <map>

#include <gtest/gtest.h>

#include "tests/sweep/plan/space_builders.h"

namespace unmask {
namespace {

/// Ids and points of the slices of a plan, put together again.
std::map<int, PlannedTrial> together(const SweepOptions& options, int count) {
  std::map<int, PlannedTrial> all;
  for (int k = 0; k < count; ++k) {
    const SweepPlan plan = plan_slice(options, 7, {}, {k, count});
    EXPECT_TRUE(plan.refusal.empty());
    EXPECT_EQ(plan.added, static_cast<int>(plan.trials.size()));
    for (const PlannedTrial& trial : plan.trials) {
      EXPECT_EQ(trial.id % count, k);
      all[trial.id] = trial;
    }
  }
  return all;
}

TEST(SweepPlanSliceTest, SlicesTogetherAreTheWholeSweep) {
  for (const SweepOptions& options : {random_options(7, 2), grid_options(3, 2), random_options(2)}) {
    for (const int count : {1, 2, 3, 5}) {
      const std::vector<PlannedTrial> whole = plan_sweep(options, 7, {}).trials;
      const auto slices = together(options, count);
      ASSERT_EQ(slices.size(), whole.size());
      for (const PlannedTrial& trial : whole) EXPECT_EQ(slices.at(trial.id), trial);
    }
  }
}

TEST(SweepPlanSliceTest, GrowsBehindTheLastTrial) {
  const Slice slice{1, 3};
  const std::vector<PlannedTrial> random = plan_slice(random_options(4, 2), 7, {}, slice).trials;
  const SweepPlan more = plan_slice(random_options(6, 2), 7, random, slice);
  EXPECT_EQ(more.trials, plan_slice(random_options(6, 2), 7, {}, slice).trials);
  EXPECT_EQ(more.added, 1);
  const std::vector<PlannedTrial> grid = plan_slice(grid_options(2), 7, {}, slice).trials;
  EXPECT_EQ(plan_slice(grid_options(3), 7, grid, slice).trials, plan_slice(grid_options(3), 7, {}, slice).trials);
}

TEST(SweepPlanSliceTest, GapsOfALostLedgerAreFilled) {
  const Slice slice{1, 3};
  const std::vector<PlannedTrial> all = plan_slice(random_options(9), 7, {}, slice).trials;
  const SweepPlan plan = plan_slice(random_options(9), 7, {all.at(1)}, slice);
  EXPECT_EQ(plan.trials, all);
  EXPECT_EQ(plan.added, 2);
}

TEST(SweepPlanSliceTest, RefusesWhatWouldRenumberOrTakeAway) {
  const Slice slice{1, 3};
  const std::vector<PlannedTrial> random = plan_slice(random_options(6), 7, {}, slice).trials;
  EXPECT_TRUE(has(plan_slice(random_options(6, 2), 7, random, slice).refusal, "trial 1: the run has"));
  EXPECT_TRUE(has(plan_slice(random_options(3), 7, random, slice).refusal, "sweep.trials: the run has 5"));
  SweepOptions grid = grid_options(2);
  const std::vector<PlannedTrial> known = plan_slice(grid, 7, {}, slice).trials;
  grid.space[1].choices.push_back("3");
  const std::string fault = numbering_fault(plan_sweep(grid_options(2), 7, {}).trials, plan_sweep(grid, 7, {}).trials);
  EXPECT_NE(fault.find("trial 2: the run has"), std::string::npos) << fault;
  EXPECT_TRUE(plan_slice(grid, 7, known, slice).refusal.empty()) << "its only trial keeps its id, others don't";
  EXPECT_TRUE(has(plan_slice(grid, 7, plan_slice(grid_options(2), 7, {}, {2, 3}).trials, {2, 3}).refusal,
                  "can only grow behind their last trial"));
  const auto small = plan_sweep(random_options(4), 7, {}).trials, large = plan_sweep(random_options(9), 7, {}).trials;
  EXPECT_EQ(numbering_fault(small, large), "");
  EXPECT_EQ(numbering_fault(large, small), "");
}

TEST(SweepPlanSliceTest, OnlyTrialsThatDontWaitForEachOtherAreCut) {
  SweepOptions options = random_options(6);
  EXPECT_EQ(slice_fault(options), "");
  options.stop = StoppingRule::kMedian;
  EXPECT_NE(slice_fault(options).find("sweep.stop = \"median\""), std::string::npos);
  options.stop = StoppingRule::kNone;
  options.sampler = Sampler::kTpe;
  EXPECT_NE(slice_fault(options).find("sweep.sampler"), std::string::npos);
}

}  // namespace
}  // namespace unmask
