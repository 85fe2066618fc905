#include "report/importance.h"

#include <gtest/gtest.h>

#include "tests/report/reported_run.h"

namespace unmask {
namespace {

/// Trials in which max_lr alone decides.
Importance planted(int trials) {
  const ReportedRun run = test_support::reported_run(trials);
  return parameter_importance(run.sweep.space, run.trials);
}

TEST(Importance, FindsTheParameterThatDecides) {
  const Importance importance = planted(140);
  ASSERT_EQ(importance.keys.size(), 4u);
  EXPECT_EQ(importance.keys[0].key, "optimizer.max_lr");
  // Shuffling the one thing that decides doubles the variance: an error of 2 in its units.
  EXPECT_NEAR(importance.keys[0].mean, 2, 0.6);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_LT(std::abs(importance.keys[i].mean), 0.1) << importance.keys[i].key;
  EXPECT_GT(importance.explained, 0.8);
}

TEST(Importance, NoiseExplainsNothing) {
  ReportedRun run = test_support::reported_run(60);
  for (SweepTrial& trial : run.trials)
    if (!trial.record.objective.empty()) trial.record.objective = std::to_string((trial.record.id * 71 % 59) / 59.0);
  const Importance importance = parameter_importance(run.sweep.space, run.trials);
  EXPECT_LT(importance.explained, 0.2);
}

TEST(Importance, IsTheSameEachTime) {
  const Importance one = planted(40), other = planted(40);
  ASSERT_EQ(one.keys.size(), other.keys.size());
  for (std::size_t i = 0; i < one.keys.size(); ++i) EXPECT_EQ(one.keys[i].mean, other.keys[i].mean);
}

TEST(Importance, AChoiceThatOneTrialAloneHasIsNoFault) {
  ReportedRun run = test_support::reported_run(20);
  SpaceKey& key = run.sweep.space.back();
  key.choices.clear();
  for (SweepTrial& trial : run.trials) {
    key.choices.push_back(std::to_string(trial.record.id));
    trial.record.point.back().second = key.choices.back();
  }
  EXPECT_EQ(parameter_importance(run.sweep.space, run.trials).keys.size(), 4u);
}

TEST(Importance, OfFewTrialsOrEqualObjectivesIsNotTold) {
  EXPECT_TRUE(planted(kFewestTrials - 1).keys.empty());
  EXPECT_TRUE(parameter_importance({}, test_support::reported_run(40).trials).keys.empty()) << "unmask train";
  ReportedRun run = test_support::reported_run(40);
  for (SweepTrial& trial : run.trials)
    if (!trial.record.objective.empty()) trial.record.objective = "0.5";
  EXPECT_TRUE(parameter_importance(run.sweep.space, run.trials).keys.empty());
}

}  // namespace
}  // namespace unmask
