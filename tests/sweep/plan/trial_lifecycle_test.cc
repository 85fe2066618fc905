#include "sweep/plan/trial_lifecycle.h"

#include <tuple>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TrialRecord in_state(TrialState state) {
  TrialRecord record;
  record.state = state;
  return record;
}

TrialRecord failed(const Fault& fault) { return after_failure(at_grant({}, 0), fault, 0, 3); }

/// As one_step tells it, of a step that `rank` has found void.
Fault step_fault(int rank, Cause cause, const std::string& text) {
  return {.cause = cause, .text = text, .during = "trial failed at step 12", .rank = rank, .step = 12};
}

TEST(TrialLifecycleAfterRestart, WhatIsOverStaysOver) {
  for (const TrialState state : {TrialState::kDone, TrialState::kStoppedEarly, TrialState::kFailed})
    EXPECT_EQ(after_restart(in_state(state), 40, 40, 3).state, state);
}

TEST(TrialLifecycleAfterRestart, PausedTrialWaitsAndNothingIsCounted) {
  const TrialRecord record = after_restart(in_state(TrialState::kPaused), 42, 42, 3);
  EXPECT_EQ(record.state, TrialState::kWaiting);
  EXPECT_EQ(record.failures + record.idle_starts, 0);
}

TEST(TrialLifecycleAfterRestart, KillsWithProgressNeverCount) {
  TrialRecord record;
  for (int kill = 1; kill <= 200; ++kill) {
    record = after_restart(at_grant(record, kill - 1), kill, kill, 3);
    ASSERT_EQ(record.state, TrialState::kWaiting) << kill;
  }
  EXPECT_EQ(record.failures, 0);
}

// Steps that no checkpoint kept are counted from where each attempt began: a healthy trial that is killed before its
// first checkpoint never fails, and writes its checkpoints sooner and sooner until one outlives a kill.
TEST(TrialLifecycleAfterRestart, KillsBeforeTheFirstCheckpointBringItNearer) {
  TrialRecord record;
  double share = 2;
  for (const int seen : {50, 40, 45, 30, 50, 10, 60, 20, 30, 40, 35, 5}) {
    EXPECT_EQ(checkpoint_share(record), share /= 2);
    record = after_restart(at_grant(record, 0), 0, seen, 3);
    ASSERT_EQ(record.state, TrialState::kWaiting) << seen;
  }
  EXPECT_EQ(record.failures + record.stepless_starts, 0);
  EXPECT_EQ(checkpoint_share(after_restart(at_grant(record, 0), 7, 7, 3)), 1);
  for (int kill = 0; kill < 2000; ++kill) record = after_restart(at_grant(record, 0), 0, 1, 3);
  EXPECT_GT(checkpoint_share(record), 0);
}

TEST(TrialLifecycleAfterRestart, StartsWithoutAnyProgressEnd) {
  TrialRecord record;
  int starts = 0;
  while (record.state == TrialState::kWaiting && starts < 100) {
    record = after_restart(at_grant(record, 0), 0, 0, 3);
    ++starts;
  }
  EXPECT_EQ(starts, 9);
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_TRUE(record.reason.starts_with("killed 9 times in a row before a step was seen to end")) << record.reason;
  EXPECT_NE(record.reason.find("out of memory"), std::string::npos) << record.reason;
}

// Proof of memory: as good as a refused tensor, which fails a trial after as many attempts.
TEST(TrialLifecycleAfterRestart, AKillThatTheKernelCountedIsAFailureByItself) {
  TrialRecord record;
  int starts = 0;
  for (; record.state == TrialState::kWaiting && starts < 100; ++starts)
    record = after_restart(at_grant(record, 0, 5 + starts), 0, 0, 3, 6 + starts);
  EXPECT_EQ(starts, 3);
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_NE(record.reason.find("the kernel has ended a process that was out of memory"), std::string::npos)
      << record.reason;
  // Before it began, in another cgroup, or after a step: no proof.
  for (const auto& [before, now, step] : {std::tuple(5, 5, 0), std::tuple(5, 0, 0), std::tuple(5, 6, 1)})
    EXPECT_EQ(after_restart(at_grant({}, 0, before), 0, step, 3, now).failures, 0);
}

TEST(TrialLifecycleAfterRestart, TheKillsThatAreToldOfAreThoseThatWere) {
  TrialRecord record;
  const Fault memory{.cause = Cause::kMemory, .text = "out of memory"};
  for (int failure = 0; failure < 2; ++failure) record = after_failure(at_grant(record, 0), memory, 0, 3);
  for (int kill = 0; kill < 3; ++kill) record = after_restart(at_grant(record, 0), 0, 0, 3);
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_TRUE(record.reason.starts_with("killed 3 times in a row before a step was seen to end")) << record.reason;
}

TEST(TrialLifecycleHasBegun, OnceItHasStepsOrRuns) {
  EXPECT_FALSE(has_begun({}));
  EXPECT_TRUE(has_begun(at_grant({}, 0)));
  EXPECT_FALSE(has_begun(after_restart(at_grant({}, 0), 0, 0, 3))) << "it left nothing";
  EXPECT_TRUE(has_begun(after_restart(at_grant({}, 0), 5, 0, 3)));
  EXPECT_TRUE(has_begun(after_failure(at_grant({}, 0), {.cause = Cause::kMemory, .text = "x"}, 5, 3)));
}

// As over hundreds of kills, some of which come before the first step.
TEST(TrialLifecycleAfterRestart, IdleStartsWithProgressBetweenThemNeverEnd) {
  TrialRecord record;
  for (int kill = 0; kill < 200; ++kill) {
    const int step = kill / 4;  // every fourth start gets a step further
    record = after_restart(at_grant(record, step), (kill + 1) / 4, 0, 3);
    ASSERT_EQ(record.state, TrialState::kWaiting) << kill;
  }
}

TEST(TrialLifecycleAfterFailure, DivergenceIsNotTriedAgain) {
  const TrialRecord record = failed(step_fault(1, Cause::kDivergence, "layer1.conv1.weight: gradient is not finite"));
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_EQ(record.reason, "diverged at step 12: a value is not finite or too large");
  EXPECT_EQ(after_restart(record, 10, 10, 3).state, TrialState::kFailed);
}

TEST(TrialLifecycleAfterFailure, FailuresOfTheMachineAreTriedAFewTimes) {
  TrialRecord record;
  for (int failures = 1; failures <= 3; ++failures) {
    record = after_failure(at_grant(record, 0), {.cause = Cause::kMemory, .text = "out of memory", .rank = 0}, 0, 3);
    EXPECT_EQ(record.failures, failures);
    EXPECT_EQ(record.state, failures < 3 ? TrialState::kWaiting : TrialState::kFailed);
  }
  EXPECT_EQ(record.reason, "out of memory");
  EXPECT_EQ(after_restart(record, 0, 0, 3).state, TrialState::kFailed);
  EXPECT_EQ(after_restart(record, 0, 0, 4).state, TrialState::kWaiting);  // runtime.max_attempts raised
}

TEST(TrialLifecycleAfterFailure, MissingDataWaitsForTheNextStart) {
  const TrialRecord record = failed({.kind = ErrorKind::kData, .text = "stores/x/train.crops is missing"});
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_EQ(after_restart(record, 0, 0, 3).state, TrialState::kWaiting);
}

// Words don't decide: a file may hold such a value, and may be mended.
TEST(TrialLifecycleAfterFailure, OnlyTheCauseMakesADivergence) {
  const TrialRecord damaged =
      failed({.kind = ErrorKind::kData, .text = "init.safetensors: tensor fc.bias holds a value that is not finite"});
  EXPECT_TRUE(damaged.retriable);
  EXPECT_FALSE(failed({.cause = Cause::kDivergence, .text = "too large"}).retriable);
}

TEST(TrialLifecycleAfterFailure, ADeadRankAndAFullDiskAreTriedAgain) {
  for (const Cause cause : {Cause::kOther, Cause::kMemory, Cause::kDiskFull, Cause::kPeerLost})
    EXPECT_EQ(failed({.cause = cause, .text = "x"}).state, TrialState::kWaiting);
}

TEST(TrialLifecycleAfterFailure, AWrongConfigIsNotTriedAgain) {
  const TrialRecord record = failed({.kind = ErrorKind::kUsage, .text = "no GPU here"});
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_FALSE(record.retriable);
}

TEST(TrialLifecycleAfterFailure, NewCheckpointForgivesFailures) {
  TrialRecord record = at_grant({}, 10);
  record.failures = 2;
  EXPECT_EQ(after_failure(record, {.text = "it broke"}, 10, 9).failures, 3);
  EXPECT_EQ(after_failure(record, {.text = "it broke"}, 20, 9).failures, 1);
}

TEST(TrialLifecycleAfterFailure, FailedTrialShowsNoScores) {
  TrialRecord record = at_grant({}, 0);
  record.history = {{}};
  record.best_epoch = 1;
  record.objective = "0.5";
  record = after_failure(record, {.cause = Cause::kDivergence, .text = "x is not finite"}, 0, 3);
  EXPECT_TRUE(record.history.empty());
  EXPECT_EQ(record.objective, "");
}

TEST(TrialLifecycleResultReason, SaysNothingThatDependsOnTheGroup) {
  const std::string text = "a.crops: record 7 is damaged";
  EXPECT_EQ(result_reason(step_fault(2, Cause::kOther, text)), "trial failed at step 12: " + text);
  EXPECT_EQ(result_reason(step_fault(2, Cause::kDivergence, "conv1: gradient is not finite")),
            result_reason(step_fault(0, Cause::kDivergence, "fc: gradient is not finite")));
  Fault alone{.kind = ErrorKind::kData, .text = text, .during = "starting the trial"};
  const std::string reason = result_reason(alone);
  EXPECT_EQ(reason, "starting the trial: " + text);
  alone.rank = 3;
  EXPECT_EQ(result_reason(alone), reason);
}

// A divergence that scoring finds names the frame, which is equal for any grouping;
// words that look like a step are no step.
TEST(TrialLifecycleResultReason, ADivergenceOutsideOfAStepIsToldAsItIs) {
  const std::string text = "scoring: what the model gives for frame 3 of video step 7 is not finite";
  EXPECT_EQ(result_reason({.cause = Cause::kDivergence, .text = text}), text);
}

}  // namespace
}  // namespace unmask
