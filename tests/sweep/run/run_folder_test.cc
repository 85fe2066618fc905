#include "sweep/run/run_folder.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  void add_checkpoint(int trial, const std::string& name) const {
    fs::create_directories(folder_.trial(trial) / "checkpoints");
    std::ofstream(folder_.trial(trial) / "checkpoints" / name) << "x";
  }
  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
};

// docs/formats.md: people and other programs know these names.
TEST_F(RunFolderTest, FilesHaveTheNamesThatTheDocumentsTell) {
  const RunFolder folder("runs/demo");
  EXPECT_EQ(folder.config(), "runs/demo/config.toml");
  EXPECT_EQ(folder.ledger(), "runs/demo/sweep.db");
  EXPECT_EQ(folder.status(), "runs/demo/status.json");
  EXPECT_EQ(folder.plan(), "runs/demo/plan.json");
  EXPECT_EQ(folder.results(), "runs/demo/results.csv");
  EXPECT_EQ(folder.results_jsonl(), "runs/demo/results.jsonl");
  EXPECT_EQ(folder.timing(), "runs/demo/timing.csv");
  EXPECT_EQ(folder.lock(), "runs/demo/.lock");
  EXPECT_EQ(folder.lock_holder(), "runs/demo/.lease");
  EXPECT_EQ(folder.chosen_model(), "runs/demo/chosen/model.safetensors");
  EXPECT_EQ(folder.trial_config(7), "runs/demo/trials/0007/config.toml");
  EXPECT_EQ(folder.trial_log(7), "runs/demo/trials/0007/log.txt");
  EXPECT_EQ(folder.rank_log(7, 12), "runs/demo/trials/0007/rank-12.log");
  EXPECT_EQ(folder.trial_timing(7), "runs/demo/trials/0007/timing.csv");
  EXPECT_EQ(folder.trial_record(7), "runs/demo/trials/0007/trial.json");
  EXPECT_EQ(folder.best_model(12345), "runs/demo/trials/12345/best.safetensors");
  EXPECT_EQ(trial_name(42), "trial 0042");
}

TEST_F(RunFolderTest, OnlyWholeCheckpointsCount) {
  EXPECT_EQ(folder_.newest_checkpoint_step(7), 0);
  for (const char* name :
       {"step-00000420.safetensors", "step-00000060.safetensors", "step-x.safetensors",
        "step-00000999.safetensors.tmp-attempt-3", "step-.safetensors", "step-00000800x.safetensors"})
    add_checkpoint(7, name);
  EXPECT_EQ(folder_.newest_checkpoint_step(7), 420);
  EXPECT_EQ(folder_.newest_checkpoint_step(6), 0);
}

TEST_F(RunFolderTest, CheckpointsOfATrialGoAlone) {
  add_checkpoint(6, "step-00000010.safetensors");
  add_checkpoint(7, "step-00000020.safetensors");
  std::ofstream(folder_.best_model(7)) << "x";
  folder_.remove_checkpoints(7);
  folder_.remove_checkpoints(8);  // there are none
  EXPECT_EQ(folder_.newest_checkpoint_step(7), 0);
  EXPECT_TRUE(fs::exists(folder_.best_model(7)));
  EXPECT_EQ(folder_.newest_checkpoint_step(6), 10);
}

}  // namespace
}  // namespace unmask
