// On 1 and 2 ranks. Kills, deaths and the same bits for any ranks: the Python judges in tests/launch.
#include "launch/run/sweep_runner.h"

#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "launch/config/run_config_file.h"
#include "launch/run/chosen_calibration.h"
#include "model/files/safetensors.h"
#include "model/score/calibration.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

thread_local const char* failing_place = "";
void fail_there(const char* place) {
  if (std::string(place) == failing_place) throw Error(ErrorKind::kFailed, std::string("no room: ") + place);
}

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
  /// A config whose chosen trial is scored on a store of its own.
  std::string tested_sweep() {
    if (session_.speaks()) write_tiny_store(root_ / "stores/base/test.crops", Split::kTest, 4, 200);
    session_.world().barrier();
    std::string config = tiny_config(root_ / "stores", kTinySweep);
    return config.replace(config.find("[model]"), 0, "test = [\"base\"]\n");
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

TEST_F(SweepRunnerTest, TheChoiceIsCalibratedOnceOnTheSplitThatThereIs) {
  const auto metadata = [&](const fs::path& model) {
    return SafetensorsFile(model, SafetensorsFile::Digest::kRequired).metadata();
  };
  const auto calibration = [&] { return calibration_from_json(metadata(run_.chosen_model()).at(kCalibrationKey)); };
  failing_place = "calibrate";
  fault_hook = fail_there;
  const SweepOutcome uncalibrated = run(tiny_config(root_ / "stores"));
  fault_hook = nullptr;
  EXPECT_EQ(uncalibrated.exit_code, 0);
  EXPECT_EQ(uncalibrated.failure, "") << "a run isn't lost by it";
  if (session_.speaks()) {
    EXPECT_FALSE(metadata(run_.chosen_model()).contains(kCalibrationKey));
    EXPECT_EQ(read_text_file(run_.chosen_model(), 1 << 30), read_text_file(run_.best_model(0), 1 << 30));
  }
  run(tiny_config(root_ / "stores"));  // tries again
  std::string first;
  if (session_.speaks()) {
    EXPECT_EQ(calibration().fitted_on, "val, also selected on");
    EXPECT_EQ(calibration().reals, 4);
    EXPECT_EQ(calibration().fakes, 4);
    EXPECT_EQ(calibration().clusters, 8);
    ASSERT_EQ(calibration().datasets.size(), 1u);
    EXPECT_EQ(calibration().datasets[0].dataset, "base");
    EXPECT_EQ(calibration().datasets[0].videos, 8);
    EXPECT_TRUE(calibration().datasets[0].interval);
    EXPECT_TRUE(is_model_of(run_.chosen_model(), run_.best_model(0)));
    EXPECT_FALSE(metadata(run_.best_model(0)).contains(kCalibrationKey));
    first = read_text_file(run_.chosen_model(), 1 << 30);
    write_tiny_store(root_ / "stores/base/calibration.crops", Split::kCalibration, 12, 500);
  }
  run(tiny_config(root_ / "stores"));
  if (session_.speaks()) {
    EXPECT_EQ(read_text_file(run_.chosen_model(), 1 << 30), first) << "what is calibrated stays";
    fs::remove(run_.chosen_model());
  }
  run(tiny_config(root_ / "stores"));
  if (session_.speaks()) {
    EXPECT_EQ(calibration().fitted_on, "calibration");
    EXPECT_EQ(calibration().reals, 6);
  }
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

TEST_F(SweepRunnerTest, WhatARankMeetsAtTheStartIsToldByAllWithItsName) {
  const std::string config = tested_sweep();
  for (const char* place : {"start probe", "test stores", "open a store"}) {
    // Rank zero alone opens stores to count steps; the last rank opens those of data.test alone.
    const int rank = session_.world().world() - 1;
    failing_place = session_.rank() == rank ? place : "";
    fault_hook = fail_there;
    std::string text;
    try {
      run(config);
    } catch (const Error& error) {
      text = error.what();
    }
    fault_hook = nullptr;
    const bool is_counted = rank == 0 && place == std::string("open a store");  // on rank zero for all
    EXPECT_NE(text.find(std::string("no room: ") + place), std::string::npos) << text;
    EXPECT_EQ(text.find("getting ready to train: rank " + std::to_string(rank)) == 0, !is_counted && rank > 0) << text;
    session_.world().barrier();
  }
}

TEST_F(SweepRunnerTest, AChoiceThatCannotBeScoredIsReportedAndScoredByTheNextStart) {
  const std::string config = tested_sweep();
  ::setenv("UNMASK_PYTHON", "/no/such/python", 1);
  failing_place = session_.rank() == 0 ? "begin to score" : "";
  fault_hook = fail_there;
  const SweepOutcome failed = run(config);
  fault_hook = nullptr;
  const auto has_test = [&] {
    return session_.on_root([&] { return read_text_file(run_.results_jsonl(), 1 << 20); }).find(R"("test":[{)") !=
           std::string::npos;
  };
  EXPECT_EQ(failed.exit_code, 1);
  const bool before = has_test();
  if (session_.speaks()) {
    EXPECT_NE(failed.choice, "");
    EXPECT_NE(failed.failure.find(" was chosen, but has no scores on data.test: "), std::string::npos)
        << failed.failure;
    EXPECT_TRUE(has(run_.chosen_model()));
  }
  const SweepOutcome scored = run(config);
  ::unsetenv("UNMASK_PYTHON");
  EXPECT_EQ(scored.exit_code, 0);
  EXPECT_EQ(scored.failure, "");
  EXPECT_TRUE(has_test());
  EXPECT_FALSE(before);
}

}  // namespace
}  // namespace unmask
