// On 1 and 2 ranks. Kills, deaths and the same bits for any ranks: the Python judges in tests/launch.
#include "launch/run/sweep_runner.h"

#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/run_config_file.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class SweepRunnerTest : public testing::Test {
 protected:
  SweepRunnerTest()
      : session_(&mpi_runtime()),
        // Rank zero's folder is all ranks'.
        root_(session_.on_root([&] { return folder_.path().string(); })),
        run_(root_ / "run") {
    if (session_.speaks()) {
      write_tiny_stores(root_ / "stores");
      write_tiny_store(root_ / "stores/wild/val.crops", Split::kVal, 4, 300, "wild");
    }
    session_.world().barrier();
  }
  ~SweepRunnerTest() override {
    session_.world().barrier();
    session_.close();
  }
  SweepOutcome run(const std::string& text, bool stopping = false) {
    std::unique_ptr<OpenRun> open;
    const auto make = [&] {
      open = std::make_unique<OpenRun>(run_, read_run_config(text, "a.toml", {}, ConfigFor::kEither),
                                       [](const std::string&) {});
      return open->config();
    };
    const RunConfig config = session_.share<RunConfig>(make, resolved_toml, read_resolved_config);
    const std::atomic<bool> stop = stopping;
    return run_sweep(session_, open.get(), config, run_, stop);
  }
  bool has(const fs::path& file) const { return fs::exists(file); }

  test_support::TemporaryFolder folder_;
  Session session_;
  fs::path root_;
  RunFolder run_;
};

TEST_F(SweepRunnerTest, ATrainingLeavesItsTrialItsResultAndTheChoice) {
  const SweepOutcome outcome = run(tiny_config(root_ / "stores"));
  EXPECT_EQ(outcome.exit_code, 0);
  if (!session_.speaks()) {
    EXPECT_EQ(outcome.choice, "");
    return;
  }
  EXPECT_NE(outcome.choice.find("best_epoch"), std::string::npos) << outcome.choice;
  EXPECT_EQ(outcome.failure, "");
  for (const fs::path& file :
       {run_.results(), run_.timing(), run_.chosen_model(), run_.best_model(0), run_.trial_log(0)})
    EXPECT_TRUE(has(file)) << file;
  EXPECT_FALSE(has(run_.chosen() / "model.pth"));  // for sweeps alone
}

TEST_F(SweepRunnerTest, AStopPausesAndTheNextStartGoesOn) {
  EXPECT_EQ(run(tiny_config(root_ / "stores"), /*stopping=*/true).exit_code, 75);
  if (session_.speaks()) {
    EXPECT_FALSE(has(run_.chosen()));
  }
  EXPECT_EQ(run(tiny_config(root_ / "stores")).exit_code, 0);
}

TEST_F(SweepRunnerTest, ATrialThatFailsIsToldAndTheOthersAreChosenFrom) {
  std::string config = tiny_config(root_ / "stores", R"([sweep]
sampler = "grid"
[sweep.space]
"data.train" = { choice = [["base"], ["wild"]] }
)");
  config.replace(config.find("[model]"), 0, "val = [\"base\", \"wild\"]\n");
  ::setenv("UNMASK_PYTHON", "/no/such/python", 1);  // no state dict: seconds less
  const SweepOutcome outcome = run(config);
  ::unsetenv("UNMASK_PYTHON");
  EXPECT_EQ(outcome.exit_code, 4);
  if (!session_.speaks()) return;
  EXPECT_EQ(outcome.failure.find("1 of 2 trials failed:\n  "), 0u) << outcome.failure;
  EXPECT_NE(outcome.failure.find("wild/train.crops"), std::string::npos) << outcome.failure;
  EXPECT_NE(outcome.failure.find("(trial 1)"), std::string::npos) << outcome.failure;
  EXPECT_NE(outcome.choice, "");
  EXPECT_TRUE(has(run_.chosen_model()));
}

}  // namespace
}  // namespace unmask
