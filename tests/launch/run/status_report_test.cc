#include "launch/run/status_report.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/launch/recorded_runs.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

RunStatus some_status() {
  RunStatus status;
  status.trials = {{"done", 3}, {"running", 1}};
  status.images_per_s = 81.26;
  status.eta_s = 3723;
  status.elapsed_s = 61;
  status.mode = "elastic";
  status.host = "node3";
  status.pid = 4711;
  status.updated = "2026-11-22T18:00:00Z";
  return status;
}

TEST(StatusReportTest, ARunIsToldInOneLineAndWhereItRuns) {
  EXPECT_EQ(status_text(some_status()),
            "running; trials: 3 done 1 running; 81.3 images/s, 1:02:03 left, 1:01 since this start\n\n"
            "mode elastic, host node3, process 4711, told at 2026-11-22T18:00:00Z");
  RunStatus paused = some_status();
  paused.run_state = "paused";
  paused.reason = "stopped on request";
  paused.predicted_s = 7200;
  EXPECT_EQ(
      status_text(paused).find("paused: stopped on request; trials: 3 done 1 running; 81.3 images/s, 1:02:03 left, "
                               "1:01 since this start (predicted in all: 2:00:00)\n"),
      0u)
      << status_text(paused);
}

TEST(StatusReportTest, GroupsLeadersAndRanksAreTables) {
  RunStatus status = some_status();
  status.groups = {{7, {0, 2}, 12, 60, 2, 12, 40.0, 65, "scoring base/val 40%"}};
  status.leaders = {{3, "done", "base", "0.87512345", 9, "model.head = \"hidden\""}};
  RankStatus rank{2, "node3", {}};
  rank.seconds.lease_s = 10;
  rank.seconds.compute_s = 6;
  rank.seconds.exposed_s = 1;
  rank.seconds.load_s = 0.5;
  rank.seconds.optimizer_s = 0.5;
  rank.seconds.idle_s = 3;
  status.ranks = {rank};
  const std::string text = status_text(status);
  for (const char* row : {"0007   0,2    scoring base/val 40%   2/12  12/60      40.0  1:05",
                          "0003    done   base           0.8751         9  model.head = \"hidden\"",
                          // 10 s of leases, of which 8 are named.
                          "2     node3        6.0        1.0      0.5          0.5      2.0     3.0"})
    EXPECT_NE(text.find(row), std::string::npos) << row << "\n" << text;
}

TEST(StatusReportTest, OfRepeatedPointsTheMeanIsShownWithItsSeeds) {
  RunStatus status = some_status();
  status.leaders = {{3, "done", "base", "0.87512345", 9, "model.head = \"hidden\"", 2, 3}};
  const std::string text = status_text(status);
  EXPECT_NE(text.find("mean  of seeds  at epoch"), std::string::npos) << text;
  EXPECT_NE(text.find("0.8751  2 of 3           9"), std::string::npos) << text;
}

TEST(StatusReportTest, ManyRanksAreSummedUp) {
  RunStatus status = some_status();
  for (int rank = 0; rank < 33; ++rank) {
    status.ranks.push_back({rank, rank < 16 ? "node1" : "node2", {}});
    status.ranks.back().seconds.idle_s = rank;
  }
  const std::string text = status_text(status);
  for (const char* row : {"mean of 33  2 hosts", "least", "most", "  16.0\n", "  32.0\n"})
    EXPECT_NE(text.find(row), std::string::npos) << row << "\n" << text;
  EXPECT_EQ(text.find("node2"), std::string::npos) << text;
  status.ranks.pop_back();
  EXPECT_NE(status_text(status).find("node2"), std::string::npos);
}

TEST(StatusReportTest, ARunWhoseProcessIsGoneSaysSo) {
  const test_support::TemporaryFolder folder;
  const RunFolder run(folder.path());
  ASSERT_TRUE(write_status(run, some_status()));  // by this process
  EXPECT_EQ(read_whole_status(run).run_state, "running");
  const test_support::ChildResult child = test_support::run_in_child([&] { write_status(run, some_status()); });
  EXPECT_EQ(child.exit_code, 0);
  const RunStatus killed = read_whole_status(run);
  EXPECT_EQ(killed.run_state, "killed");
  EXPECT_NE(killed.reason.find(" is gone from this host; the same command goes on"), std::string::npos)
      << killed.reason;
}

TEST(StatusReportTest, SlicesAreToldTogether) {
  const test_support::TemporaryFolder folder;
  const RunFolder run(folder.path());
  try {
    read_whole_status(run);
    ADD_FAILURE() << "there is no run";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(std::string(error.what()),
              folder.path().string() + ": holds no run (no status.json) and no slices of one");
  }
  for (const int k : {0, 1, 2}) make_slice(folder.path(), {k, 3});
  const RunStatus all = read_whole_status(run);
  EXPECT_EQ(all.trials.at("done"), 6);
  EXPECT_EQ(all.trials.at("failed"), 1);
  // A slice that has just started has told nothing yet.
  std::filesystem::remove(slice_folder(run, {1, 3}).status());
  const RunStatus two = read_whole_status(run);
  EXPECT_NE(status_text(two).find("slice 1 of 3 not started"), std::string::npos) << status_text(two);
}

}  // namespace
}  // namespace unmask
