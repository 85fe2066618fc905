#include "model/score/comparison.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace unmask {
namespace {

/// Videos of two frames, every second one a fake, each of a person of its own.
std::vector<EvaluatedFrame> frames_scored(double (*score)(int video)) {
  std::vector<EvaluatedFrame> frames;
  for (int i = 0; i < 60; ++i) {
    EvaluatedFrame each;
    each.frame.dataset = "base";
    each.frame.split = Split::kVal;
    each.frame.label = static_cast<std::uint8_t>(i % 2);
    each.frame.method = i % 2 == 0 ? "real" : i % 4 == 1 ? "deepfakes" : "faceswap";
    each.frame.video = each.frame.target_identity = std::to_string(i);
    each.score = score(i);
    frames.push_back(each);
    frames.push_back(each);
  }
  return frames;
}
double good(int video) { return video % 2 * 0.5 + (video * 7 % 10) / 20.0; }
double poor(int video) { return (video * 7 % 10) / 10.0; }

TEST(ComparisonTest, IsOnTheVideosThatBothHaveScored) {
  std::vector<EvaluatedFrame> ours = frames_scored(good), theirs = frames_scored(poor);
  theirs[0].score = theirs[1].score = std::nullopt;  // a whole video
  ours[2].score = std::nullopt;                      // one frame of the next
  const auto rows = compare_frames(ours, theirs);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].group + " " + rows[1].group + " " + rows[2].group, "all deepfakes faceswap");
  EXPECT_EQ(rows[0].videos, 59);
  EXPECT_EQ(rows[0].left_out, 1);
  EXPECT_EQ(rows[0].clusters, 59);
  EXPECT_EQ(rows[1].videos, 29 + 15);
  EXPECT_EQ(rows[0].ours.auc, 1);
  ASSERT_TRUE(rows[0].difference.auc);
  EXPECT_GT(rows[0].difference.auc->low, 0) << "ours is better, and surely so";
  EXPECT_GT(rows[0].difference.auc->high, 1 - *rows[0].theirs.auc);
  const auto json = nlohmann::json::parse(evaluation_json(evaluate_frames(ours, {}), "d", comparison_json(rows)));
  const auto& auc = json.at("against").at(0).at("by_video").at("auc");
  EXPECT_EQ(auc.at("difference"), 1 - *rows[0].theirs.auc);
  EXPECT_EQ(auc.at("interval").at(0), rows[0].difference.auc->low);
  EXPECT_NE(comparison_table(rows, "theirs.csv").find("against theirs.csv"), std::string::npos);
}

TEST(ComparisonTest, ADetectorAgainstItselfDiffersByNothing) {
  const std::vector<EvaluatedFrame> ours = frames_scored(poor);
  EXPECT_EQ(compare_frames(ours, ours)[0].difference.auc, (Interval{0, 0}));
}

}  // namespace
}  // namespace unmask
