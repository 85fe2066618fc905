#include "launch/run/arrivals.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// What is due, by path; nothing was judged.
std::string due(Arrivals& arrivals, const std::vector<FoundFile>& found, double now_s) {
  std::string paths;
  for (const FoundFile& file : arrivals.due(found, now_s, [](const FoundFile&) { return false; }))
    paths += file.path.native();
  return paths;
}

TEST(ArrivalsTest, AFileIsDueOnceItHasStoodStill) {
  Arrivals arrivals(2);
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}}, 100), "");
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}, {"b", 1, 1}}, 101.9), "");
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}, {"b", 1, 1}}, 102), "a");
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}, {"b", 1, 1}}, 104), "ab");  // until it is judged
}

TEST(ArrivalsTest, WhoeverWritesOnStartsAnew) {
  Arrivals arrivals(2);
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}}, 0), "");
  EXPECT_EQ(due(arrivals, {{"a", 2, 1}}, 1.5), "");  // larger
  EXPECT_EQ(due(arrivals, {{"a", 2, 2}}, 3), "");    // as large, later
  EXPECT_EQ(due(arrivals, {{"a", 2, 2}}, 4.9), "");
  EXPECT_EQ(due(arrivals, {{"a", 2, 2}}, 5), "a");
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}}, 5.5), "");  // what it was before doesn't count
}

TEST(ArrivalsTest, WhatIsGoneIsForgotten) {
  Arrivals arrivals(2);
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}}, 0), "");
  EXPECT_EQ(due(arrivals, {}, 1), "");
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}}, 2.5), "");
  EXPECT_EQ(due(arrivals, {{"a", 1, 1}}, 4.5), "a");
}

TEST(ArrivalsTest, WhatWasJudgedIsNeverDueAsItIs) {
  Arrivals arrivals(2);
  const auto judged = [](const FoundFile& file) { return file == FoundFile{"a", 1, 1}; };
  for (const double now_s : {0.0, 3.0, 6.0}) EXPECT_TRUE(arrivals.due({{"a", 1, 1}}, now_s, judged).empty());
  EXPECT_TRUE(arrivals.due({{"a", 1, 2}}, 7, judged).empty());
  EXPECT_EQ(arrivals.due({{"a", 1, 2}}, 9, judged), (std::vector<FoundFile>{{"a", 1, 2}}));
}

}  // namespace
}  // namespace unmask
