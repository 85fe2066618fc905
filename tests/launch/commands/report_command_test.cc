#include "launch/commands/report_command.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "sweep/run/run_lock.h"
#include "tests/launch/command_run.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

class ReportCommandTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  test_support::TemporaryFolder folder_;
};

TEST_F(ReportCommandTest, SlicesGiveTheTableOfTheWholeSweep) {
  make_whole_run(folder_ / "whole");
  for (const int k : {2, 0, 1}) make_slice(folder_ / "sliced", {k, 3});
  const CommandResult whole = run_command_line("report " + path("whole") + " --csv " + path("one.csv"));
  const CommandResult sliced = run_command_line("report " + path("sliced") + " --csv " + path("three.csv"));
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  ASSERT_EQ(sliced.exit_code, 0) << sliced.err;
  const std::string csv = read_text_file(path("one.csv"), 1 << 20);
  EXPECT_EQ(csv, read_text_file(path("three.csv"), 1 << 20));
  EXPECT_EQ(std::ranges::count(csv, '\n'), kHandTrials + 1);
  EXPECT_EQ(whole.err, "wrote " + path("one.csv") + "\nwrote " + path("whole/report.html") + "\n");
  EXPECT_TRUE(std::filesystem::exists(path("sliced/report.html")));
  EXPECT_TRUE(sliced.says("0003")) << sliced.out;  // 3 * 5 % 8 = 7 is the best
  EXPECT_FALSE(sliced.says("not started"));
}

TEST_F(ReportCommandTest, MissingSlicesAreNamed) {
  make_slice(folder_ / "sliced", {1, 4});
  const CommandResult result = run_command_line("report " + path("sliced"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.says("slices 0, 2, 3 of 4 not started")) << result.out;
}

TEST_F(ReportCommandTest, RefusesWhatItCantRead) { EXPECT_EQ(run_command_line("report " + path("none")).exit_code, 2); }

TEST_F(ReportCommandTest, ReadsARunThatIsBeingWorkedOn) {
  make_whole_run(folder_ / "whole");
  const CommandResult before = run_command_line("report " + path("whole"));
  const RunLock lock(RunFolder(folder_ / "whole"), {});
  const CommandResult held = run_command_line("report " + path("whole"));
  EXPECT_EQ(held.exit_code, 0) << held.err;
  EXPECT_EQ(held.out, before.out);
}

TEST_F(ReportCommandTest, RunsBecomeStudiesOfTheirNames) {
  make_whole_run(folder_ / "whole");
  make_slice(folder_ / "sliced", {0, 2});
  const std::string both = "report " + path("whole") + " " + path("sliced");
  const CommandResult result = run_command_line(both + " --optuna " + path("study.db"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.says("wrote the study \"by hand\" to " + path("study.db"))) << result.err;
  EXPECT_TRUE(result.says("wrote the study \"by hand (" + path("sliced") + ")\"")) << result.err;
  const std::string notes = write_text(folder_ / "notes", "mine\n");
  EXPECT_EQ(run_command_line("report " + path("whole") + " --optuna " + notes).exit_code, 2);
  EXPECT_EQ(read_text_file(notes, 100), "mine\n");
}

TEST_F(ReportCommandTest, WhatSeveralRunsCantHaveTogetherIsRefused) {
  make_whole_run(folder_ / "whole");
  make_whole_run(folder_ / "other");
  const CommandResult twice = run_command_line("report " + path("whole") + " " + path("whole"));
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_TRUE(twice.says("a RUN is named twice"));
  const CommandResult csv =
      run_command_line("report " + path("whole") + " " + path("other") + " --csv " + path("a.csv"));
  EXPECT_EQ(csv.exit_code, 2);
  EXPECT_TRUE(csv.says("--csv takes one RUN"));
}

}  // namespace
}  // namespace unmask
