#include "launch/commands/status_command.h"

#include <gtest/gtest.h>

#include "tests/launch/command_run.h"
#include "tests/launch/recorded_runs.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(StatusCommandTest, ARunAndAllItsSlicesAreTold) {
  const test_support::TemporaryFolder folder;
  make_whole_run(folder / "whole");
  for (const int k : {0, 1}) make_slice(folder / "sliced", {k, 3});
  EXPECT_TRUE(run_command_line("status " + (folder / "whole").string()).says("done; trials: 6 done 1 failed"));
  const CommandResult sliced = run_command_line("status " + (folder / "sliced").string());
  EXPECT_EQ(sliced.exit_code, 0);
  EXPECT_TRUE(sliced.says("slice 2 of 3 not started")) << sliced.out;
}

TEST(StatusCommandTest, JsonIsTheFilesOwn) {
  const test_support::TemporaryFolder folder;
  make_whole_run(folder / "run");
  const RunFolder run(folder / "run");
  EXPECT_EQ(run_command_line("status " + run.root().string() + " --json").out, status_json(read_status(run)) + "\n");
}

TEST(StatusCommandTest, AWatchEndsWithTheRun) {
  const test_support::TemporaryFolder folder;
  make_whole_run(folder / "run");  // done
  EXPECT_EQ(run_command_line("status " + (folder / "run").string() + " --watch --every 3600").exit_code, 0);
}

TEST(StatusCommandTest, AFolderWithoutARunIsRefused) {
  const CommandResult result = run_command_line("status /proc/self");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(result.says("/proc/self: holds no run (no status.json) and no slices of one")) << result.err;
}

}  // namespace
}  // namespace unmask
