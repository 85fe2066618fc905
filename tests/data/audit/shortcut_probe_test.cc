#include "data/audit/shortcut_probe.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tests/data/audit/probe_rows.h"

namespace unmask {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::vector<ProbedVideo> videos_of(const std::vector<FeatureRow>& rows, const std::vector<std::uint8_t>& labels) {
  std::vector<ProbedVideo> videos;
  for (std::size_t i = 0; i < rows.size(); ++i) videos.push_back({"v" + std::to_string(i), labels[i], rows[i]});
  return videos;
}

ShortcutProbe probe_of(std::vector<ProbedVideo> videos, const std::vector<std::size_t>& columns = {0}) {
  const std::vector<ProbeGroup> groups = {{"group", columns}};
  return probe_shortcuts(std::move(videos), groups).front();
}

// Numbers by logistic_reference.py.
TEST(ShortcutProbeTest, TheAreaIsScikitLearns) {
  std::vector<double> scores;
  std::vector<std::uint32_t> once(60, 1), times;
  for (const FeatureRow& row : test::rows_of(60, 3)) scores.push_back(std::nearbyint(row[0]));  // has ties
  for (std::uint32_t i = 0; i < 60; ++i) times.push_back(i % 4);
  EXPECT_NEAR(weighted_auc(scores, test::labels_of(60), once), 0.5956250000000001, 1e-12);
  EXPECT_NEAR(weighted_auc(scores, test::labels_of(60), times), 0.5702777777777778, 1e-12);
}

TEST(ShortcutProbeTest, TheIntervalIsAsWideAsDeLongs) {
  const ShortcutProbe probe = probe_of(videos_of(test::rows_of(400, 1), test::labels_of(400)));
  ASSERT_TRUE(probe.auc);
  EXPECT_EQ(probe.real, 266);
  EXPECT_EQ(probe.fake, 134);
  EXPECT_NEAR(*probe.auc, 0.7499, 0.02);  // of the column itself; the fit must find it
  EXPECT_NEAR(*probe.high - *probe.low, 2 * 1.96 * 0.02501, 0.01);
  EXPECT_LT(*probe.low, *probe.auc);
  EXPECT_LT(*probe.auc, *probe.high);
}

TEST(ShortcutProbeTest, WhatSaysNothingIsNotLearned) {
  // Twenty columns of noise for 60 videos: a fit that is scored on its own videos would tell them apart.
  std::vector<FeatureRow> rows = test::rows_of(60, 21);
  std::vector<std::size_t> columns;
  for (std::size_t k = 1; k < 21; ++k) columns.push_back(k);
  const ShortcutProbe probe = probe_of(videos_of(rows, test::labels_of(60)), columns);
  EXPECT_LT(*probe.auc, 0.65);
  EXPECT_LT(*probe.low, 0.5);
}

TEST(ShortcutProbeTest, ADifferentSpreadIsAShortcutToo) {
  std::vector<FeatureRow> rows = test::rows_of(120, 2);
  const std::vector<std::uint8_t> labels = test::labels_of(120);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = {(rows[i][1] - 5) * (labels[i] != 0 ? 10 : 1)};
  EXPECT_GT(*probe_of(videos_of(rows, labels)).auc, 0.85);
}

TEST(ShortcutProbeTest, OrderPlaysNoRole) {
  std::vector<ProbedVideo> videos = videos_of(test::rows_of(90, 2), test::labels_of(90));
  const ShortcutProbe first = probe_of(videos, {0, 1});
  std::ranges::reverse(videos);
  const ShortcutProbe second = probe_of(videos, {0, 1});
  EXPECT_EQ(first.auc, second.auc);
  EXPECT_EQ(first.low, second.low);
  EXPECT_EQ(first.high, second.high);
}

TEST(ShortcutProbeTest, WhatIsKnownOfSomeAloneTells) {
  std::vector<FeatureRow> rows = test::rows_of(60, 1);
  const std::vector<std::uint8_t> labels = test::labels_of(60);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = {labels[i] != 0 ? kUnknown : 7.0};
  EXPECT_EQ(*probe_of(videos_of(rows, labels)).auc, 1) << "no fake has a size";
  for (FeatureRow& row : rows) row = {kUnknown};
  EXPECT_FALSE(probe_of(videos_of(rows, labels)).auc);
}

TEST(ShortcutProbeTest, TooFewVideosAreNotProbed) {
  const ShortcutProbe probe = probe_of(videos_of(test::rows_of(12, 1), test::labels_of(12)));
  EXPECT_EQ(probe.fake, 4);
  EXPECT_FALSE(probe.auc);
  EXPECT_FALSE(probe_of({}).auc);
}

}  // namespace
}  // namespace unmask
