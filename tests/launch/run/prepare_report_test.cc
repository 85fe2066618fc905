#include "launch/run/prepare_report.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Counts = std::map<std::string, PrepareCounts>;

TEST(PrepareReportTest, StatusesThatAnyStoreHasAreColumns) {
  const Counts counts = {{"base/train", {{{"ok", 10}, {"no_face", 2}}, {}}},
                         {"base/val", {{{"ok", 3}, {"truncated", 1}}, {}}}};
  EXPECT_EQ(counts_table(counts),
            "store       frames  no_face  ok  truncated\n"
            "base/train      12        2  10          0\n"
            "base/val         4        0   3          1");
  EXPECT_EQ(usable_frames(counts), 13);
  EXPECT_EQ(usable_frames({{"base/train", {{{"no_face", 2}}, {}}}}), 0);
}

TEST(PrepareReportTest, TwentyBadFramesAreNamedOverAllStores) {
  Counts counts = {{"a/train", {{}, {"x.png: truncated"}}}, {"b/train", {}}};
  EXPECT_EQ(bad_source_lines(counts), std::vector<std::string>{"bad: x.png: truncated"});
  for (int i = 0; i < 21; ++i) counts["b/train"].bad.push_back(std::to_string(i) + ".png: truncated");
  const std::vector<std::string> lines = bad_source_lines(counts);
  ASSERT_EQ(lines.size(), 21u);
  EXPECT_EQ(lines[0], "bad: x.png: truncated");
  EXPECT_EQ(lines[19], "bad: 18.png: truncated");
  EXPECT_EQ(lines[20], "… and 2 more: prepared.problems.csv beside each store names all");
  EXPECT_TRUE(bad_source_lines({}).empty());
}

TEST(PrepareReportTest, EstimatesAreSaidToBeSome) {
  const std::vector<PrepareEstimate> estimates = {{"base", 1000, 32000, 3, 12, 31000.4, 4.7e9, 1.25}};
  EXPECT_EQ(estimate_table(estimates),
            "dataset  videos  frames  crops     GB  core-hours  unreadable  timed\n"
            "base       1000   32000  31000  4.700       1.250           3     12\n"
            "videos, frames and unreadable are told by names and headers; crops, GB and core-hours are estimates from "
            "the timed frames");
}

}  // namespace
}  // namespace unmask
