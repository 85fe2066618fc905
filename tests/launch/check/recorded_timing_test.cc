#include "launch/check/recorded_timing.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "launch/check/machine_timing.h"
#include "launch/config/run_config_file.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class RecordedTimingTest : public testing::Test {
 protected:
  /// A trial of a former run, with the lines that training writes to its timing.csv.
  void add_trial(const std::string& number, const std::string& lines) const {
    const fs::path trial = folder_ / ("run/trials/" + number);
    fs::create_directories(trial);
    const RunConfig config = read_run_config(tiny_config(folder_ / "stores"), "a.toml", {}, ConfigFor::kTrain);
    write_text(trial / "config.toml", resolved_toml(config));
    write_text(
        trial / "timing.csv",
        "attempt,ranks,epoch,steps,images_per_s,load_s,forward_s,backward_s,exposed_s,optimizer_s,epoch_s\n" + lines);
  }
  std::string refusal(const std::string& path) const {
    try {
      read_timing(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  std::string run() const { return (folder_ / "run").string(); }

  test_support::TemporaryFolder folder_;
};

TEST_F(RecordedTimingTest, EpochsOfAFormerRunBecomeTimesOfSteps) {
  write_tiny_stores(folder_ / "stores");
  // Three steps of 16 images in 4 microbatches: 0.1 + 0.6 + 1.2 + 0.2 + 0.9 = 3 s on one rank.
  add_trial("0000", "1,1,1,3,16.0,0.1,0.6,1.2,0.2,0.9,5.0\n");
  add_trial("0001", "1,2,1,3,32.0,0.1,0.3,0.6,0.1,0.4,3.0\n1,2,2,3,dam");  // a line that was cut is left out
  const MachineTiming timing = read_timing(run());
  ASSERT_EQ(timing.steps.size(), 2u);
  const bool first = timing.steps[0].ranks == 1;
  const StepTiming& one = timing.steps[first ? 0 : 1];
  const StepTiming& two = timing.steps[first ? 1 : 0];
  EXPECT_EQ(one.microbatches, 4);
  EXPECT_EQ(one.images, 16);
  EXPECT_NEAR(one.step_s, 1.0, 1e-9);
  EXPECT_NEAR(two.step_s, 0.5, 1e-9);
  // Forward of a step: 0.2 s for 16 images on one rank, 0.1 s for 8 on each of two.
  EXPECT_NEAR(timing.scored_image_s, 0.0125, 1e-9);
}

TEST_F(RecordedTimingTest, AFileHasATimePerLine) {
  const MachineTiming timing =
      read_timing(write_text(folder_ / "t.csv", "ranks,microbatches,step_s\n1,4,0.5\n2,4,0.3\n"));
  ASSERT_EQ(timing.steps.size(), 2u);
  EXPECT_EQ(timing.steps[1].ranks, 2);
  EXPECT_EQ(timing.steps[1].step_s, 0.3);
  EXPECT_LT(timing.scored_image_s, 0);  // not known
}

TEST_F(RecordedTimingTest, WhatHoldsNoTimeIsRefused) {
  fs::create_directories(folder_ / "run/trials");
  EXPECT_EQ(refusal(run()), run() + ": no trials/*/timing.csv with a whole epoch; give a CSV file");
  EXPECT_NE(refusal((folder_ / "none.csv").string()).find("none.csv"), std::string::npos);
  EXPECT_NE(refusal(write_text(folder_ / "bad.csv", "ranks,microbatches,step_s\n1,x,0.5\n")).find("bad.csv, line 2"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
