#include "report/cautions.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/report/reported_run.h"

namespace unmask {
namespace {

using test_support::reported_run;

bool says(const ReportedRun& run, const std::string& words) {
  return std::ranges::any_of(cautions(run),
                             [&](const std::string& one) { return one.find(words) != std::string::npos; });
}

TEST(Cautions, SaysWhatToBeCarefulAbout) {
  ReportedRun run = reported_run(12);
  run.trials[0].brief.allows_leaks = true;
  run.trials[1].record.numerics = {"a", "b"};
  run.incomplete = "3 of 12 trials are over";
  for (const char* words : {"12 trials of 12 started from random", "allow_leaks", "1 trial failed",
                            "3 numerics classes", "3 of 12 trials are over", "val, also selected on"})
    EXPECT_TRUE(says(run, words)) << words;
  ReportedRun clean = reported_run(1);
  clean.trials[0].brief.init = "weights:00";
  clean.calibration = test_support::drawn_calibration();
  clean.calibration->fitted_on = "calibration";
  clean.calibration->datasets[1].clusters = 30;
  EXPECT_EQ(cautions(clean).size(), 1u) << "val, also selected on";
}

TEST(Cautions, SaysWhatTheCalibrationLacks) {
  ReportedRun run = reported_run(12);
  EXPECT_TRUE(says(run, "uncalibrated"));
  run.reload_s = 30;
  EXPECT_FALSE(says(run, "uncalibrated")) << "of a run that goes on there is nothing to calibrate yet";
  run = reported_run(0);
  EXPECT_FALSE(says(run, "uncalibrated")) << "nothing is chosen";
  run = reported_run(12);
  run.calibration = test_support::drawn_calibration();
  EXPECT_FALSE(says(run, "uncalibrated"));
  EXPECT_TRUE(says(run, "no split calibration"));
  EXPECT_TRUE(says(run, "augment has few videos: 200 videos in 1 cluster"));
  EXPECT_FALSE(says(run, "base has few"));
}

}  // namespace
}  // namespace unmask
