// `unmask report` and `unmask status` of the real program, on runs made by hand: no training, no stores.
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/number_text.h"
#include "sweep/run/ledger.h"
#include "sweep/run/run_lock.h"
#include "sweep/run/slices.h"
#include "sweep/run/status_file.h"
#include "tests/launch/program_runner.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ReportProgramTest : public testing::Test {
 protected:
  ReportProgramTest() : root_(fs::temp_directory_path() / ("report_program_test." + std::to_string(::getpid()))) {
    fs::create_directories(root_);
  }
  ~ReportProgramTest() override { fs::remove_all(root_); }

  static constexpr int kTrials = 7;

  static SweepOptions options() {
    SweepOptions options;
    options.trials = kTrials;
    options.space = {{"optimizer.max_lr", SpaceKey::Kind::kLogUniform, {}, 1e-4, 1e-2, "", {}},
                     {"model.head", SpaceKey::Kind::kChoice, {"\"linear\"", "\"hidden\""}, 0, 0, "", {}}};
    return options;
  }

  static TrialRecord record(const PlannedTrial& planned) {
    TrialRecord record;
    static_cast<PlannedTrial&>(record) = planned;
    record.state = planned.id == 4 ? TrialState::kFailed : TrialState::kDone;
    record.config_digest = "digest";
    if (planned.id == 4) {
      record.reason = "step 3: fc.weight: \"not finite\", stopped";
      return record;
    }
    const double score = 0.125 * (planned.id * 5 % 8);
    record.history = {{1, 10, 1e-3, 0.7, 0.5, {{"base", 0.6, 0.5, 0.5, 0.5, score}}}};
    record.best_epoch = 1;
    record.objective = number_text(score);
    return record;
  }

  /// A finished run of these trials, without what only training makes.
  static void make_run(const RunFolder& folder, const std::vector<PlannedTrial>& trials, const std::string& seed) {
    fs::create_directories(folder.root());
    write_file_durably(folder.config(), "seed = " + seed + R"(
name = "by hand"
[data]
stores = "none"
train = ["base"]
[model]
init = "random"
[sweep]
trials = 7
[sweep.space]
"optimizer.max_lr" = { log_uniform = [1e-4, 1e-2] }
"model.head" = { choice = ["linear", "hidden"] }
)");
    Ledger ledger(folder);
    RunStatus status;
    status.run_state = "done";
    for (const PlannedTrial& trial : trials) {
      ledger.put(record(trial));
      ++status.trials[to_word(record(trial).state)];
    }
    write_status(folder, status);
  }
  void make_slice(int k, int n, const std::string& seed = "3") const {
    const Slice slice{k, n};
    make_run(slice_folder(RunFolder(sliced()), slice), plan_slice(options(), 3, {}, slice).trials, seed);
  }
  std::string whole() const { return (root_ / "whole").string(); }
  std::string sliced() const { return (root_ / "sliced").string(); }

  fs::path root_;
};

TEST_F(ReportProgramTest, TheModelOfASlicedRunIsTheChoiceOverAllSlices) {
  for (const int k : {2, 0, 1}) make_slice(k, 3);
  const fs::path chosen = slice_folder(RunFolder(sliced()), Slice{0, 3}).best_model(3);  // trial 3 is the best
  std::ofstream(chosen) << "no model";
  const std::string out = (root_ / "out.pth").string();
  for (const std::string& model : {sliced(), sliced() + ":0003"}) {
    const ProgramResult result = run_unmask("export " + model + " " + out);
    EXPECT_EQ(result.exit_code, 3) << result.output;
    EXPECT_TRUE(says(result, chosen.string())) << result.output;
  }
}

TEST_F(ReportProgramTest, SlicesGiveTheTableOfTheWholeSweep) {
  make_run(RunFolder(whole()), plan_sweep(options(), 3, {}).trials, "3");
  for (const int k : {2, 0, 1}) make_slice(k, 3);
  const std::string one = (root_ / "one.csv").string(), three = (root_ / "three.csv").string();
  const ProgramResult of_whole = run_unmask("report " + whole() + " --csv " + one);
  const ProgramResult of_slices = run_unmask("report " + sliced() + " --csv " + three);
  ASSERT_EQ(of_whole.exit_code, 0) << of_whole.output;
  ASSERT_EQ(of_slices.exit_code, 0) << of_slices.output;
  const std::string csv = read_text_file(one, 1 << 20);
  EXPECT_EQ(csv, read_text_file(three, 1 << 20));
  EXPECT_EQ(count_of(csv, "\n"), kTrials + 1);
  EXPECT_TRUE(says(of_slices, "0003")) << of_slices.output;  // 3 * 5 % 8 = 7 is the best
  EXPECT_FALSE(says(of_slices, "not started"));
  const ProgramResult status = run_unmask("status " + sliced());
  EXPECT_EQ(status.exit_code, 0) << status.output;
  EXPECT_TRUE(says(status, "done; trials: 6 done 1 failed")) << status.output;
}

TEST_F(ReportProgramTest, MissingSlicesAreNamed) {
  make_slice(1, 4);
  for (const char* command : {"report ", "status "}) {
    const ProgramResult result = run_unmask(command + sliced());
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_TRUE(says(result, "slices 0, 2, 3 of 4 not started")) << result.output;
  }
}

TEST_F(ReportProgramTest, RefusesWhatItCantRead) {
  EXPECT_EQ(run_unmask("report " + root_.string()).exit_code, 2);
  make_run(RunFolder(whole()), plan_sweep(options(), 3, {}).trials, "3");
  {
    const RunLock lock(RunFolder(whole()), {});
    const ProgramResult held = run_unmask("report " + whole());
    EXPECT_EQ(held.exit_code, 1) << held.output;
    EXPECT_TRUE(says(held, "is in use by host")) << held.output;
    EXPECT_TRUE(says(held, "process " + std::to_string(::getpid()))) << held.output;
  }
  make_slice(0, 2);
  make_slice(1, 2, "4");
  const ProgramResult other = run_unmask("report " + sliced());
  EXPECT_EQ(other.exit_code, 2) << other.output;
  EXPECT_TRUE(says(other, "seed: the run has 3, the config has 4")) << other.output;
}

TEST_F(ReportProgramTest, RunsBecomeStudiesOfTheirNames) {
  make_run(RunFolder(whole()), plan_sweep(options(), 3, {}).trials, "3");
  make_slice(0, 2);
  const std::string file = (root_ / "study.db").string();
  const ProgramResult result = run_unmask("report " + whole() + " " + sliced() + " --optuna " + file);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(says(result, "wrote the study \"by hand\"")) << result.output;
  EXPECT_TRUE(says(result, "wrote the study \"by hand (" + sliced() + ")\"")) << result.output;
  const ProgramResult notes = run_shell("echo mine > " + root_.string() + "/notes; " UNMASK_PROGRAM " report " +
                                        whole() + " --optuna " + root_.string() + "/notes");
  EXPECT_EQ(notes.exit_code, 2) << notes.output;
  EXPECT_EQ(run_unmask("report " + whole() + " " + whole()).exit_code, 2);
}

TEST_F(ReportProgramTest, SlicesAndWholeRunsShareNoFolder) {
  const std::string config = root_.string() + "/c.toml";
  make_run(RunFolder(whole()), plan_sweep(options(), 3, {}).trials, "3");
  make_slice(0, 2);
  fs::copy_file(RunFolder(whole()).config(), config);
  const auto sweep = [&](const std::string& rest) { return run_unmask("sweep " + config + " --run " + rest); };
  const auto refused = [](const ProgramResult& result, const std::string& why) {
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_TRUE(says(result, why)) << result.output;
  };
  refused(sweep(whole() + " --slice 0/2"), "holds a whole run");
  refused(sweep(sliced()), "--slice K/2");
  refused(sweep(sliced() + " --slice 0/3"), "holds slices of 2, not of 3");
  refused(sweep(sliced() + "/slice-0-of-2"), "--slice 0/2");
  refused(sweep(sliced() + " --slice 2/2"), "wanted K/N");
  refused(sweep(sliced() + " --slice 1/2 --set 'sweep.stop=\"median\"'"), "sweep.stop = \"median\"");
  refused(sweep(sliced() + " --slice 1/2 --set 'sweep.sampler=\"tpe\"'"), "sweep.sampler = \"tpe\"");
}

}  // namespace
}  // namespace unmask
