#include "launch/sweep/trial_lifecycle.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TrialRecord in_state(TrialState state) {
  TrialRecord record;
  record.state = state;
  return record;
}

TrialRecord failed(const std::string& fault, ErrorKind kind = ErrorKind::kFailed) {
  return after_failure(at_grant({}, 0), kind, fault, 0, 3);
}

TEST(AfterRestartTest, WhatIsOverStaysOver) {
  for (const TrialState state : {TrialState::kDone, TrialState::kStopped, TrialState::kFailed})
    EXPECT_EQ(after_restart(in_state(state), 40, 40, 3).state, state);
}

TEST(AfterRestartTest, PausedTrialWaitsAndNothingIsCounted) {
  const TrialRecord record = after_restart(in_state(TrialState::kPaused), 42, 42, 3);
  EXPECT_EQ(record.state, TrialState::kWaiting);
  EXPECT_EQ(record.attempts + record.idle_starts, 0);
}

TEST(AfterRestartTest, KillsWithProgressNeverCount) {
  TrialRecord record;
  for (int kill = 1; kill <= 200; ++kill) {
    record = after_restart(at_grant(record, kill - 1), kill, kill, 3);
    ASSERT_EQ(record.state, TrialState::kWaiting) << kill;
  }
  EXPECT_EQ(record.attempts, 0);
}

// Steps that no checkpoint kept are progress too: the config works, only its checkpoints are far apart.
TEST(AfterRestartTest, StepsWithoutCheckpointAreProgress) {
  TrialRecord record;
  for (int kill = 1; kill <= 50; ++kill) {
    record = after_restart(at_grant(record, 0), 0, kill, 3);
    ASSERT_EQ(record.state, TrialState::kWaiting) << kill;
  }
  EXPECT_EQ(record.attempts, 0);
}

TEST(AfterRestartTest, StartsWithoutAnyProgressEnd) {
  TrialRecord record;
  int starts = 0;
  while (record.state == TrialState::kWaiting && starts < 100) {
    record = after_restart(at_grant(record, 0), 0, 0, 3);
    ++starts;
  }
  EXPECT_EQ(starts, 9);
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_NE(record.reason.find("killed 9 times"), std::string::npos) << record.reason;
}

// As over hundreds of kills, some of which come before the first step.
TEST(AfterRestartTest, IdleStartsWithProgressBetweenThemNeverEnd) {
  TrialRecord record;
  for (int kill = 0; kill < 200; ++kill) {
    const int step = kill / 4;  // every fourth start gets a step further
    record = after_restart(at_grant(record, step), (kill + 1) / 4, 0, 3);
    ASSERT_EQ(record.state, TrialState::kWaiting) << kill;
  }
}

TEST(AfterFailureTest, DivergenceIsNotTriedAgain) {
  const TrialRecord record = failed("trial failed at step 12: rank 1: layer1.conv1.weight: gradient is not finite");
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_EQ(record.reason, "diverged at step 12: a value is not finite or too large");
  EXPECT_EQ(after_restart(record, 10, 10, 3).state, TrialState::kFailed);
}

TEST(AfterFailureTest, FailuresOfTheMachineAreTriedAFewTimes) {
  TrialRecord record;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    record = after_failure(at_grant(record, 0), ErrorKind::kFailed, "rank 0: out of memory", 0, 3);
    EXPECT_EQ(record.attempts, attempt);
    EXPECT_EQ(record.state, attempt < 3 ? TrialState::kWaiting : TrialState::kFailed);
  }
  EXPECT_EQ(record.reason, "out of memory");
  EXPECT_EQ(after_restart(record, 0, 0, 3).state, TrialState::kFailed);
  EXPECT_EQ(after_restart(record, 0, 0, 4).state, TrialState::kWaiting);  // runtime.max_attempts raised
}

TEST(AfterFailureTest, MissingDataWaitsForTheNextStart) {
  const TrialRecord record = failed("stores/x/train.crops is missing", ErrorKind::kData);
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_EQ(after_restart(record, 0, 0, 3).state, TrialState::kWaiting);
}

TEST(AfterFailureTest, NewCheckpointForgivesFailures) {
  TrialRecord record = at_grant({}, 10);
  record.attempts = 2;
  EXPECT_EQ(after_failure(record, ErrorKind::kFailed, "disk full", 10, 9).attempts, 3);
  EXPECT_EQ(after_failure(record, ErrorKind::kFailed, "disk full", 20, 9).attempts, 1);
}

TEST(AfterFailureTest, FailedTrialShowsNoScores) {
  TrialRecord record = at_grant({}, 0);
  record.history = {{}};
  record.best_epoch = 1;
  record.objective = "0.5";
  record = after_failure(record, ErrorKind::kFailed, "x is not finite", 0, 3);
  EXPECT_TRUE(record.history.empty());
  EXPECT_EQ(record.objective, "");
}

TEST(ResultReasonTest, SaysNothingThatDependsOnTheGroup) {
  EXPECT_EQ(result_reason("trial failed at step 3: rank 2: a.crops: record 7 is damaged"),
            result_reason("trial failed at step 3: rank 0: a.crops: record 7 is damaged"));
  EXPECT_EQ(result_reason("step 4: rank 1: conv1: gradient is not finite"),
            result_reason("step 4: rank 0: fc: gradient is not finite"));
}

TEST(DiskFaultTest, IsKnownByItsWords) {
  EXPECT_TRUE(is_disk_fault("a/step-1.safetensors.tmp: write: No space left on device"));
  EXPECT_TRUE(is_disk_fault("a: Read-only file system"));
  EXPECT_FALSE(is_disk_fault("a: Input/output error"));
}

}  // namespace
}  // namespace unmask
