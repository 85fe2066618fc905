#include "report/trial_times.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

constexpr char kHeader[] = "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n";

std::map<int, TrialTimes> times_of(const std::string& lines) { return trial_times(kHeader + lines); }

TEST(TrialTimes, AreTheFirstLeasesBeginningAndTheLastOnesEnd) {
  const auto times = times_of(
      "0,1,1,vm,0,10,10.5,paused,2026-11-22T21:56:51Z\n"
      "1,1,1,vm,0,20,1,rung,2026-11-22T21:59:00Z\n"
      "0,2,1,vm,10,20,5,done,2026-11-23T00:00:05Z\n");
  ASSERT_EQ(times.size(), 2u);
  EXPECT_EQ(times.at(0).start, "2026-11-22 21:56:40.500000");
  EXPECT_EQ(times.at(0).complete, "2026-11-23 00:00:05.000000");
  EXPECT_EQ(times.at(1).start, "2026-11-22 21:58:59.000000");
}

TEST(TrialTimes, ALeaseMayBeginOnTheDayBefore) {
  EXPECT_EQ(times_of("3,1,1,vm,0,1,0.25,done,2028-03-01T00:00:00Z\n").at(3).start, "2028-02-29 23:59:59.750000");
}

TEST(TrialTimes, ColumnsAreFoundByName) {
  const auto times = trial_times("ended,wall_s,trial\n2026-11-22T21:56:51Z,1,7\n");
  EXPECT_EQ(times.at(7).complete, "2026-11-22 21:56:51.000000");
  EXPECT_TRUE(trial_times("trial,wall_s\n7,1\n").empty());
  EXPECT_TRUE(trial_times("").empty());
}

TEST(TrialTimes, WhatAKillCutShortOrNobodyWroteIsPassedOver) {
  for (const char* line : {"2,1,1,vm,0,3,0.5,fai", "2,1,1,vm,0,3,soon,done,2026-11-22T21:56:51Z",
                           "2,1,1,vm,0,3,nan,done,2026-11-22T21:56:51Z", "2,1,1,vm,0,3,0.5,done,yesterday",
                           "2,1,1,vm,0,3,0.5,done,2026-11-22T21:56:51Z,more", ""}) {
    EXPECT_TRUE(times_of(std::string(line) + "\n").empty()) << line;
  }
}

}  // namespace
}  // namespace unmask
