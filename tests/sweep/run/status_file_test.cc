#include "sweep/run/status_file.h"

#include <sys/wait.h>
#include <unistd.h>
#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/host_name.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class StatusFileTest : public testing::Test {
 protected:
  test_support::TemporaryFolder root_;
  RunFolder folder_{root_.path()};
};

TEST_F(StatusFileTest, IsReadBack) {
  RunStatus status;
  status.trials = {{"done", 3}, {"running", 1}};
  status.groups = {{7, {0, 2}, 12, 40, 2, 3, 61.5, -1, "saving"}};
  status.leaders = {{4, "done", "augment,base", "0.8125", 2, "model.head = \"hidden\"", 2, 3}};
  status.ranks = {{1, "node", {1, 2, 3, 4, 15, 6}}};
  status.images_per_s = 61.5;
  status.allows_leaks = true;
  status.reason = "quotes \" and bytes \xFF that are no UTF-8";
  ASSERT_TRUE(write_status(folder_, status));
  const RunStatus read = read_status(folder_);
  EXPECT_EQ(read.trials, status.trials);
  EXPECT_EQ(read.pid, ::getpid());
  EXPECT_EQ(read.host, host_name());
  EXPECT_LE(read.updated, utc_now());
  ASSERT_EQ(read.groups.size(), 1u);
  EXPECT_EQ(read.groups[0].trial, 7);
  EXPECT_EQ(read.groups[0].ranks, (std::vector<int>{0, 2}));
  EXPECT_EQ(read.groups[0].step, 12);
  EXPECT_LT(read.groups[0].eta_s, 0);
  ASSERT_EQ(read.leaders.size(), 1u);
  EXPECT_EQ(read.leaders[0].objective, "0.8125");
  EXPECT_EQ(read.leaders[0].point, "model.head = \"hidden\"");
  EXPECT_EQ(read.leaders[0].n, 2);
  EXPECT_EQ(read.leaders[0].seeds, 3);
  ASSERT_EQ(read.ranks.size(), 1u);
  EXPECT_EQ(read.ranks[0].seconds.lease_s, 15);
  EXPECT_EQ(read.images_per_s, 61.5);
  EXPECT_TRUE(read.allows_leaks);
  EXPECT_LT(read.eta_s, 0);
  const auto json = nlohmann::json::parse(read_text_file(folder_.status(), 1 << 20));
  EXPECT_TRUE(json["eta_s"].is_null());
  EXPECT_EQ(json["state"], "running");
  EXPECT_EQ(json["leaders"][0]["objective"], 0.8125);  // a number
}

TEST_F(StatusFileTest, SilenceOfAnotherHostIsTold) {
  RunStatus status;
  status.host = "another";
  status.updated = "2026-11-22T18:00:00Z";
  const std::int64_t told = 1795370400;  // date -d 2026-11-22T18:00:00Z +%s
  tell_silence(status, told + 120);
  EXPECT_EQ(status.run_state, "running");
  tell_silence(status, told + 121);
  EXPECT_EQ(status.run_state, "silent");
  EXPECT_EQ(status.reason.find("told nothing for 121 s: host another "), 0u) << status.reason;
  status.run_state = "done";
  tell_silence(status, told + 1000);
  EXPECT_EQ(status.run_state, "done");
}

// One that is stopped, or the number of a process that ended before the machine was started again.
TEST_F(StatusFileTest, SilenceOfALivingProcessIsTold) {
  RunStatus status;
  status.host = host_name();
  status.pid = ::getpid();
  status.updated = "2026-11-22T18:00:00Z";
  tell_silence(status, 1795370400 + 120);
  EXPECT_EQ(status.run_state, "running");
  tell_silence(status, 1795370400 + 121);
  EXPECT_EQ(status.run_state, "silent");
  EXPECT_EQ(status.reason.find("told nothing for 121 s: process " + std::to_string(status.pid) + " is stopped"), 0u)
      << status.reason;
}

TEST_F(StatusFileTest, AProcessThatNobodyHasAskedForIsGoneToo) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(write_status(folder_, {}) ? 0 : 1);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  RunStatus status = read_status(folder_);
  ASSERT_EQ(status.pid, child);
  tell_silence(status, std::time(nullptr));
  EXPECT_EQ(status.run_state, "killed");
  ::waitpid(child, nullptr, 0);
}

TEST_F(StatusFileTest, ReaderNeverSeesHalfAFile) {
  ASSERT_TRUE(write_status(folder_, {}));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    RunStatus status;
    for (int i = 0; i < 400; ++i) {
      status.images_per_s = i;
      status.reason = std::string(static_cast<std::size_t>(i) * 10, 'x');
      write_status(folder_, status);
    }
    done = true;
  });
  int reads = 0;
  while (!done) {
    EXPECT_NO_THROW(read_status(folder_));
    ++reads;
  }
  writer.join();
  EXPECT_GT(reads, 0);
  EXPECT_EQ(read_status(folder_).images_per_s, 399);
}

TEST_F(StatusFileTest, ReadOnlyFolderIsNoError) { EXPECT_FALSE(write_status(RunFolder(root_ / "missing"), {})); }

TEST_F(StatusFileTest, OnlyAWholeStatusTellsOfTheEnd) {
  EXPECT_FALSE(status_tells_end(folder_));
  for (const char* state : {"running", "paused", "done", "failed"}) {
    RunStatus status;
    status.run_state = state;
    ASSERT_TRUE(write_status(folder_, status));
    EXPECT_EQ(status_tells_end(folder_), state == std::string("done") || state == std::string("failed")) << state;
  }
  std::ofstream(folder_.status()) << "{\"state\": \"done\"";
  EXPECT_FALSE(status_tells_end(folder_));
}

TEST_F(StatusFileTest, OtherFilesAreRefused) {
  EXPECT_THROW(read_status(folder_), Error);
  std::ofstream(folder_.status()) << "{\"state\": 3}";
  EXPECT_THROW(read_status(folder_), Error);
}

}  // namespace
}  // namespace unmask
