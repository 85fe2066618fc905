#include "launch/trial_runner.h"

#include <gtest/gtest.h>

#include "launch/progress.h"
#include "base/table_text.h"

namespace unmask {
namespace {

TrialRecord in_state(TrialState state) {
  TrialRecord record;
  record.state = state;
  return record;
}

TEST(DecideStartTest, FreshTrialStarts) {
  const StartDecision decision = decide_start({}, 0, 0, 3);
  EXPECT_TRUE(decision.run);
  EXPECT_EQ(decision.record.state, TrialState::kRunning);
  EXPECT_EQ(decision.record.starts, 1);
  EXPECT_EQ(decision.message, "starts");
}

TEST(DecideStartTest, DoneTrialIsNotRunAgain) {
  EXPECT_FALSE(decide_start(in_state(TrialState::kDone), 40, 40, 3).run);
  EXPECT_FALSE(decide_start(in_state(TrialState::kStopped), 40, 40, 3).run);
}

TEST(DecideStartTest, PausedTrialGoesOnWithoutCountingAnything) {
  TrialRecord paused = in_state(TrialState::kPaused);
  paused.starts = 1;
  const StartDecision decision = decide_start(paused, 42, 42, 3);
  EXPECT_TRUE(decision.run);
  EXPECT_EQ(decision.message, "goes on from step 42");
  EXPECT_EQ(decision.record.attempts, 0);
  EXPECT_EQ(decision.record.start_step, 42);
}

TEST(DecideStartTest, KillsWithProgressNeverCount) {
  TrialRecord record;
  for (int kill = 0; kill < 200; ++kill) {
    const StartDecision decision = decide_start(record, kill, kill, 3);
    ASSERT_TRUE(decision.run) << kill;
    record = decision.record;
  }
  EXPECT_EQ(record.attempts, 0);
}

// Steps that no checkpoint kept are progress too: the config works, only its checkpoints are far apart.
TEST(DecideStartTest, StepsWithoutCheckpointAreProgress) {
  TrialRecord record;
  for (int kill = 0; kill < 50; ++kill) {
    const StartDecision decision = decide_start(record, 0, kill, 3);
    ASSERT_TRUE(decision.run) << kill;
    record = decision.record;
  }
  EXPECT_EQ(record.attempts, 0);
}

TEST(DecideStartTest, StartsWithoutAnyProgressEnd) {
  TrialRecord record;
  int starts = 0;
  while (starts < 100) {
    const StartDecision decision = decide_start(record, 0, 0, 3);
    record = decision.record;
    if (!decision.run) break;
    ++starts;
  }
  EXPECT_EQ(starts, 9);
  EXPECT_EQ(record.state, TrialState::kFailed);
  EXPECT_NE(record.reason.find("killed 9 times"), std::string::npos) << record.reason;
}

TEST(DecideStartTest, DivergenceIsNotTriedAgain) {
  const TrialRecord record = after_failure(in_state(TrialState::kRunning), "layer1: gradient is not finite", 10);
  EXPECT_EQ(record.state, TrialState::kFailed);
  const StartDecision decision = decide_start(record, 10, 10, 3);
  EXPECT_FALSE(decision.run);
  EXPECT_EQ(decision.message, "layer1: gradient is not finite");
}

TEST(DecideStartTest, FailuresOfTheMachineAreTriedAFewTimes) {
  TrialRecord record;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const StartDecision decision = decide_start(record, 0, 0, 3);
    ASSERT_TRUE(decision.run) << attempt;
    record = after_failure(decision.record, "out of memory", 0);
    EXPECT_EQ(record.attempts, attempt);
  }
  EXPECT_FALSE(decide_start(record, 0, 0, 3).run);
  EXPECT_TRUE(decide_start(record, 0, 0, 4).run);  // runtime.max_attempts raised
}

TEST(DecideStartTest, NewCheckpointForgivesFailures) {
  TrialRecord record = in_state(TrialState::kRunning);
  record.attempts = 2;
  record.start_step = 10;
  EXPECT_EQ(after_failure(record, "disk full", 10).attempts, 3);
  EXPECT_EQ(after_failure(record, "disk full", 20).attempts, 1);
}

TEST(ResultsCsvTest, HasOneCellAColumnInEveryState) {
  RunConfig config;
  config.trial.model.init = "random";
  config.trial.data.val = {"base", "augment"};
  TrialRecord failed = in_state(TrialState::kFailed);
  failed.reason = "rank 1: \"x\", then\nmore";
  TrialRecord done = in_state(TrialState::kDone);
  done.best_epoch = 2;
  done.objective = "0.75";
  const std::string header = metrics_csv({}, config.trial.data.val);
  const std::size_t columns = split_csv(header.substr(0, header.find('\n'))).size();
  std::string row;
  for (std::size_t i = 0; i < columns; ++i) row += (i > 0 ? "," : "") + std::to_string(i);
  done.best_row = row;
  for (const TrialRecord& record : {failed, done}) {
    const std::string csv = results_csv(config, record);
    const std::size_t end = csv.find('\n');
    const auto names = split_csv(csv.substr(0, end)), cells = split_csv(csv.substr(end + 1, csv.size() - end - 2));
    EXPECT_EQ(names.size(), 8 + columns);
    ASSERT_EQ(cells.size(), names.size()) << csv;
    EXPECT_EQ(names[8], "epoch");
    EXPECT_EQ(cells[1], to_string(record.state));
  }
  EXPECT_EQ(results_csv(config, done).find("trial,state,reason,seed,init,epochs,best_epoch,objective,epoch,step,"), 0u);
}

TEST(DurationTextTest, ReadsAsAClock) {
  EXPECT_EQ(duration_text(5), "0:05");
  EXPECT_EQ(duration_text(245.4), "4:05");
  EXPECT_EQ(duration_text(3723), "1:02:03");
  EXPECT_EQ(duration_text(-1), "?");
}

}  // namespace
}  // namespace unmask
