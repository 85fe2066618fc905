#include "sweep/lease_table.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

SweepTrial trial(int id, int microbatches, std::int64_t step = 0) {
  SweepTrial trial;
  trial.record.id = id;
  trial.record.step = step;
  trial.brief.microbatches = microbatches;
  trial.brief.steps_per_epoch = 10;
  trial.brief.epochs = 4;
  return trial;
}

LeaseNews news(int lease, std::int64_t step, double step_s) {
  LeaseNews news;
  news.lease = lease;
  news.step.step = step;
  news.step_s = step_s;
  return news;
}

TEST(LeaseTableTest, TheLastOneOutTakesTheLeaseWithIt) {
  LeaseTable leases(2);
  const int first = leases.open(7, {2, 3}, false, 10), second = leases.open(4, {0}, true, 11);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  EXPECT_EQ(leases.of_rank(3), 1);
  EXPECT_EQ(leases.of_rank(1), std::nullopt);
  EXPECT_EQ(leases.leave(3, 1), std::nullopt) << "rank 2 is still in";
  EXPECT_EQ(leases.of_rank(3), std::nullopt);
  EXPECT_EQ(leases.of_trial(7), leases.find(1));
  leases.mark_ended(1);
  const auto over = leases.leave(2, 1);
  ASSERT_TRUE(over.has_value());
  EXPECT_EQ(over->trial, 7);
  EXPECT_EQ(over->members, (std::vector<int>{2, 3}));
  EXPECT_EQ(over->granted_s, 10);
  EXPECT_TRUE(over->ended);
  EXPECT_EQ(leases.find(1), nullptr);
  EXPECT_EQ(leases.of_trial(7), nullptr);
  EXPECT_EQ(leases.leave(2, 1), std::nullopt) << "it is gone";
  EXPECT_EQ(leases.leave(2, 0), std::nullopt) << "a greeting leaves none";
  const auto died = leases.leave(0, 2);
  ASSERT_TRUE(died.has_value());
  EXPECT_TRUE(died->score_test);
  EXPECT_FALSE(died->ended) << "nobody has told how";
  EXPECT_TRUE(leases.all().empty());
  EXPECT_EQ(leases.open(7, {2}, false, 12), 3) << "no number comes twice";
}

TEST(LeaseTableTest, ALeaseIsAskedToEndOnce) {
  LeaseTable leases(2);
  leases.open(0, {0}, false, 0);
  leases.open(1, {1}, false, 0);
  EXPECT_TRUE(leases.ask_to_end(1));
  EXPECT_FALSE(leases.ask_to_end(1));
  EXPECT_TRUE(leases.find(1)->ending);
  leases.mark_ended(2);
  EXPECT_FALSE(leases.ask_to_end(2));
  EXPECT_FALSE(leases.find(2)->ending) << "it ended by itself";
}

TEST(LeaseTableTest, TheCostOfALeaseIsLearntFromFirstSteps) {
  LeaseTable leases(2);
  leases.open(0, {0}, false, 100);
  leases.hear(news(1, 0, 0), 1, 103);  // a note, before the first step
  EXPECT_EQ(leases.lease_cost_s(), 2);
  leases.hear(news(1, 41, 0), 1, 106);  // resumed at step 40: 6 s after the grant
  EXPECT_EQ(leases.lease_cost_s(), 4);
  leases.hear(news(1, 42, 0.5), 1, 190);
  EXPECT_EQ(leases.lease_cost_s(), 4) << "only the first step tells";
}

TEST(LeaseTableTest, AMicrobatchTakesAStepOverThoseOfTheBusiestRank) {
  LeaseTable leases(2);
  EXPECT_FALSE(leases.any_measured());
  EXPECT_EQ(leases.load(trial(0, 8)).microbatch_s, 0.1) << "nothing was measured yet";
  leases.open(0, {0, 1, 2}, false, 0);
  leases.hear(news(1, 1, 0), 8, 1);
  EXPECT_FALSE(leases.is_measured(0)) << "the first step has no time";
  leases.hear(news(1, 2, 1.5), 8, 2);  // 8 microbatches on 3 ranks: 3 on the busiest
  EXPECT_TRUE(leases.is_measured(0));
  EXPECT_EQ(leases.load(trial(0, 8)).microbatch_s, 0.5);
  leases.open(1, {3}, false, 2);
  leases.hear(news(2, 2, 1), 4, 3);
  EXPECT_EQ(leases.load(trial(1, 4)).microbatch_s, 0.25);
  EXPECT_EQ(leases.load(trial(2, 4)).microbatch_s, 0.375) << "the mean of the two";
  leases.hear(news(1, 9, 3), 8, 9);
  EXPECT_EQ(leases.load(trial(0, 8)).microbatch_s, 1) << "the last counts";
  EXPECT_EQ(leases.load(trial(2, 4)).microbatch_s, 0.625);
  leases.mark_ended(2);
  leases.leave(3, 2);
  EXPECT_EQ(leases.load(trial(1, 4)).microbatch_s, 0.25) << "kept for its next lease";
}

TEST(LeaseTableTest, WhatIsLeftOfATrialIsCountedFromItsNews) {
  LeaseTable leases(2);
  EXPECT_EQ(leases.load(trial(5, 1, 12)).steps_left, 28);
  leases.open(5, {0}, false, 0);
  EXPECT_EQ(leases.load(trial(5, 1, 12)).steps_left, 28);
  leases.hear(news(1, 30, 0), 1, 1);
  EXPECT_EQ(leases.load(trial(5, 1, 12)).steps_left, 10);
  EXPECT_EQ(leases.load(trial(5, 1, 90)).steps_left, 0);
  EXPECT_EQ(leases.load(trial(5, 6)).microbatches, 6);
  EXPECT_EQ(leases.load(trial(5, 6)).trial, 5);
}

TEST(LeaseTableTest, ABrokenLeaseStaysAndIsNotWatched) {
  LeaseTable leases(2);
  leases.open(5, {1, 2}, false, 0);
  leases.open(6, {3}, false, 0);
  EXPECT_TRUE(leases.mark_broken(1));
  EXPECT_FALSE(leases.mark_broken(1)) << "the other rank tells the same";
  EXPECT_FALSE(leases.ask_to_end(1));
  ASSERT_EQ(leases.watched().size(), 1u);
  EXPECT_EQ(leases.watched()[0].lease, 2);
  EXPECT_TRUE(leases.any_whole());
  leases.leave(3, 2);
  EXPECT_FALSE(leases.any_whole());
  EXPECT_EQ(leases.all().size(), 1u);
}

TEST(LeaseTableTest, LivenessSeesStepAndMembers) {
  LeaseTable leases(2);
  leases.open(5, {1, 2}, false, 0);
  leases.hear(news(1, 30, 0.5), 1, 1);
  const std::vector<WatchedLease> watched = leases.watched();
  ASSERT_EQ(watched.size(), 1u);
  EXPECT_EQ(watched[0].lease, 1);
  EXPECT_EQ(watched[0].trial, 5);
  EXPECT_EQ(watched[0].step, 30);
  EXPECT_EQ(watched[0].step_s, 0.5);
  EXPECT_EQ(watched[0].members, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace unmask
