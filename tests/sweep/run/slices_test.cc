#include "sweep/run/slices.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class SlicesTest : public testing::Test {
 protected:
  void start(int k, int n) const {
    const RunFolder folder = slice_folder(run_, {k, n});
    fs::create_directories(folder.root());
    std::ofstream(folder.config()) << "seed = 1\n";
  }
  test_support::TemporaryFolder root_;
  RunFolder run_{root_.path()};
};

TEST_F(SlicesTest, TextsAreReadWholeOrNotAtAll) {
  const auto slice = parse_slice("2/8");
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(slice->index, 2);
  EXPECT_EQ(slice->count, 8);
  for (const char* text :
       {"", "/", "2", "8/8", "-1/8", "1/-8", "0/0", "2/8x", " 2/8", "1/99999999999", "+1/2", "1/2/3"})
    EXPECT_FALSE(parse_slice(text).has_value()) << text;
  EXPECT_EQ(slice_folder(run_, *slice).root().filename(), "slice-2-of-8");
  EXPECT_EQ(slice_of(RunFolder(root_ / "slice-2-of-8/"))->index, 2);
  for (const char* name : {"slice-8-of-8", "slice-2-of-8.old", "slice-2", "other"})
    EXPECT_FALSE(slice_of(RunFolder(root_ / name)).has_value()) << name;
}

TEST_F(SlicesTest, MissingOnesAreNamed) {
  EXPECT_EQ(find_slices(run_).count, 0);
  EXPECT_EQ(find_slices(RunFolder(root_ / "none")).count, 0);
  start(3, 4);
  start(0, 4);
  fs::create_directories(root_ / "slice-1-of-4");  // made, and killed before its config was recorded
  const SliceSet slices = find_slices(run_);
  EXPECT_EQ(slices.count, 4);
  ASSERT_EQ(slices.started.size(), 2u);
  EXPECT_EQ(slices.started[0].first, 0);
  EXPECT_EQ(slices.started[1].first, 3);
  EXPECT_EQ(missing_text(slices), "slices 1, 2 of 4 not started");
  start(1, 4);
  EXPECT_EQ(missing_text(find_slices(run_)), "slice 2 of 4 not started");
  start(2, 4);
  EXPECT_EQ(missing_text(find_slices(run_)), "");
  start(2, 8);
  EXPECT_THROW(find_slices(run_), Error);
}

TEST_F(SlicesTest, OneStatusOfAll) {
  for (const int k : {0, 1, 2}) start(k, 3);
  SliceSet slices = find_slices(run_);
  RunStatus a, b, c;
  a.run_state = "done";
  a.trials = {{"done", 3}};
  a.leaders = {{0, "done", "base", "0.5", 1, ""}, {3, "done", "base", "0.25", 1, ""}};
  a.host = "n1";
  a.eta_s = 0;
  a.updated = "2026-11-22T18:00:00Z";
  b.run_state = "failed";
  b.reason = "1 of 3 trials failed";
  b.trials = {{"done", 2}, {"failed", 1}};
  b.leaders = {{4, "done", "base", "0.75", 1, ""}};
  b.host = "n2";
  c.run_state = "running";
  c.trials = {{"running", 1}, {"waiting", 2}};
  c.groups = {{5, {0}, 10, 20, 1, 2, 31.5, 9}};
  c.leaders = {{5, "running", "base", "0.875", 1, ""}};
  c.images_per_s = 31.5;
  c.eta_s = 99;
  c.host = "n1";
  c.pid = 12;
  c.updated = "2026-11-22T19:00:00Z";
  const RunStatus all = merged_status(slices, {a, b, c});
  EXPECT_EQ(all.run_state, "running");
  EXPECT_EQ(all.reason, "slice 1: 1 of 3 trials failed");
  EXPECT_EQ(all.trials, (std::map<std::string, int>{{"done", 5}, {"failed", 1}, {"running", 1}, {"waiting", 2}}));
  ASSERT_EQ(all.groups.size(), 1u);
  EXPECT_EQ(all.groups[0].trial, 5);
  std::vector<int> leaders;
  for (const LeaderStatus& leader : all.leaders) leaders.push_back(leader.trial);
  EXPECT_EQ(leaders, (std::vector<int>{5, 4, 0, 3}));
  EXPECT_EQ(all.eta_s, 99);
  EXPECT_EQ(all.images_per_s, 31.5);
  EXPECT_EQ(all.host, "n1,n2");
  EXPECT_EQ(all.pid, 12);
  EXPECT_EQ(all.updated, "2026-11-22T19:00:00Z");

  EXPECT_EQ(merged_status(slices, {a, b, a}).run_state, "failed");
  EXPECT_EQ(merged_status(slices, {a, a, a}).run_state, "done");
  slices.missing = {slices.started.back().first};
  slices.started.pop_back();
  const RunStatus part = merged_status(slices, {a, b});
  EXPECT_EQ(part.run_state, "paused");
  EXPECT_EQ(part.reason, "slice 1: 1 of 3 trials failed; slice 2 of 3 not started");
}

}  // namespace
}  // namespace unmask
