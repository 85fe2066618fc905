#include "launch/run/recorded_run.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "sweep/run/run_lock.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

class RecordedRunTest : public testing::Test {
 protected:
  RecordedRun read(const std::string& name) const {
    return read_recorded_run(RunFolder(folder_ / name), [](const std::string&) {});
  }
  std::string refusal(ErrorKind kind, const std::string& name) const {
    return test_support::refusal(kind, [&] { read(name); });
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(RecordedRunTest, ARunIsReadWithoutItsStores) {
  make_whole_run(folder_ / "run");
  write_text(RunFolder(folder_ / "run").timing(), "trial,rest\n0,x\n");
  const RecordedRun run = read("run");
  EXPECT_EQ(run.config.name, "by hand");
  ASSERT_EQ(run.trials.size(), 7u);
  EXPECT_EQ(run.trials[3].record.objective, "0.875");
  EXPECT_EQ(run.trials[3].brief.seed, 3u);
  EXPECT_EQ(run.trials[4].record.state, TrialState::kFailed);
  EXPECT_EQ(run.timing, "trial,rest\n0,x\n");
  EXPECT_EQ(run.incomplete, "");
}

TEST_F(RecordedRunTest, SlicesAreOneRunInOrderOfTrials) {
  make_whole_run(folder_ / "whole");
  for (const int k : {2, 0, 1}) {
    make_slice(folder_ / "run", {k, 3});
    write_text(slice_folder(RunFolder(folder_ / "run"), {k, 3}).timing(), "trial,rest\n" + std::to_string(k) + ",x\n");
  }
  const RecordedRun run = read("run"), whole = read("whole");
  EXPECT_EQ(results_jsonl(run.trials), results_jsonl(whole.trials));
  EXPECT_EQ(run.timing, "trial,rest\n0,x\n1,x\n2,x\n");
  EXPECT_EQ(run.incomplete, "");
}

TEST_F(RecordedRunTest, WhatIsMissingOfSlicesIsNamed) {
  make_slice(folder_ / "run", {1, 4});
  EXPECT_EQ(read("run").incomplete, "slices 0, 2, 3 of 4 not started");
  make_slice(folder_ / "grown", {0, 2});
  std::string config = hand_config();
  config.replace(config.find("trials = 7"), 10, "trials = 9");
  make_slice(folder_ / "grown", {1, 2}, config);
  EXPECT_EQ(read("grown").incomplete, "7 of 9 trials: not all slices have been grown");
  EXPECT_EQ(read("grown").config.sweep->trials, 9);  // the largest config is the run's
}

TEST_F(RecordedRunTest, ARunThatIsWorkedOnTellsWhatItHasSoFar) {
  const RunFolder folder(folder_ / "run");
  make_whole_run(folder.root());
  const RunLock lock(folder, {});
  Ledger ledger(folder);
  TrialRecord running = ledger.trials().at(3);
  running.state = TrialState::kRunning;
  ledger.put(running);
  std::string noted;
  const RecordedRun run = read_recorded_run(folder, [&](const std::string& line) { noted = line; });
  EXPECT_EQ(run.incomplete, "6 of 7 trials are over");
  EXPECT_EQ(noted, folder.root().string() + ": 6 of 7 trials are over");
  EXPECT_EQ(run.trials.at(3).record.state, TrialState::kRunning);
  EXPECT_EQ(run.trials.at(6).record.state, TrialState::kDone);
}

TEST_F(RecordedRunTest, DamagedScoresOfALaterDatasetAreNamedAndLeftOut) {
  make_whole_run(folder_ / "run");
  const RunFolder folder(folder_ / "run");
  write_added_scores(folder, {{"wild", "test", "aa", {{3, {"digest", {"wild", 0.5, 0.75, 0.75, 0.8, 0.875}}}}}});
  EXPECT_EQ(read("run").added.size(), 1u);
  EXPECT_EQ(read("run").damaged, "");
  write_text(folder.added_scores(), "{");
  std::string noted;
  const RecordedRun run = read_recorded_run(folder, [&](const std::string& line) { noted = line; });
  EXPECT_TRUE(run.added.empty());
  EXPECT_EQ(run.trials.size(), 7u);
  EXPECT_EQ(run.damaged.find(folder.added_scores().string() + ": is damaged"), 0u) << run.damaged;
  EXPECT_EQ(noted, run.damaged);
  make_slice(folder_ / "slices", {0, 1});
  write_text(RunFolder(folder_ / "slices").added_scores(), "{");
  noted.clear();
  const RecordedRun sliced =
      read_recorded_run(RunFolder(folder_ / "slices"), [&](const std::string& line) { noted = line; });
  EXPECT_EQ(sliced.damaged.find(RunFolder(folder_ / "slices").added_scores().string() + ": is damaged"), 0u);
  EXPECT_EQ(noted, sliced.damaged);
}

TEST_F(RecordedRunTest, ScoresOfALaterDatasetAreThoseThatAreThereNow) {
  make_whole_run(folder_ / "run");
  const RunFolder folder(folder_ / "run");
  const AddedScores added = {{"wild", "test", "aa", {{3, {"digest", {"wild", 0.5, 0.75, 0.75, 0.8, 0.875}}}}}};
  write_added_scores(folder, added);
  RecordedRun run = read("run");
  write_text(folder.added_scores(), "{");
  read_added_of(folder, run);
  EXPECT_TRUE(run.added.empty()) << "nothing of what it was";
  EXPECT_NE(run.damaged, "");
  write_added_scores(folder, added);
  read_added_of(folder, run);
  EXPECT_EQ(run.added.size(), 1u);
  EXPECT_EQ(run.damaged, "") << "it is whole again";
}

TEST_F(RecordedRunTest, WhatIsNoRunIsRefused) {
  EXPECT_NE(refusal(ErrorKind::kUsage, "none").find("holds no run (no config.toml) and no slices of one"),
            std::string::npos);
  make_slice(folder_ / "mixed", {0, 2});
  make_slice(folder_ / "mixed", {1, 2}, hand_config("4"));
  EXPECT_NE(refusal(ErrorKind::kUsage, "mixed")
                .find("is of another experiment than the slices before it:\n  seed: the run has 3, the config has 4"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
