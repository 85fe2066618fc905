#include "report/crop_choice.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/report/reported_run.h"

namespace unmask {
namespace {

EvaluatedFrame frame_of(int label, int video, std::optional<double> score) {
  EvaluatedFrame one;
  one.frame.dataset = "base";
  one.frame.method = label != 0 ? "swap" : "real";
  one.frame.label = static_cast<std::uint8_t>(label);
  one.frame.video = std::to_string(video);
  one.score = score;
  return one;
}

std::vector<std::size_t> of_kind(const std::vector<CropChoice>& choices, CropKind kind) {
  std::vector<std::size_t> frames;
  for (const CropChoice& choice : choices) {
    if (choice.kind == kind) frames.push_back(choice.frame);
  }
  return frames;
}

TEST(CropChoice, TakesTheFarthestOnTheWrongSideThenTheNearest) {
  const std::vector<EvaluatedFrame> frames = {frame_of(1, 0, 0.1),  frame_of(1, 0, 0.05), frame_of(1, 1, 0.3),
                                              frame_of(1, 2, 0.45), frame_of(1, 3, 0.49), frame_of(1, 4, std::nullopt),
                                              frame_of(1, 5, 0.6),  frame_of(1, 6, 0.99)};
  const std::vector<CropChoice> choices = choose_crops(frames, 0.5, 4);
  EXPECT_EQ(of_kind(choices, CropKind::kWrong), (std::vector<std::size_t>{1, 2})) << "one a video, the worst first";
  EXPECT_EQ(of_kind(choices, CropKind::kUnsure), (std::vector<std::size_t>{4, 3}));
}

TEST(CropChoice, WhoIsRightIsNeverMostWrong) {
  const std::vector<EvaluatedFrame> frames = {frame_of(0, 0, 0.1), frame_of(0, 1, 0.2), frame_of(1, 0, 0.9)};
  const std::vector<CropChoice> choices = choose_crops(frames, 0.5, 10);
  EXPECT_TRUE(of_kind(choices, CropKind::kWrong).empty());
  EXPECT_EQ(of_kind(choices, CropKind::kUnsure), (std::vector<std::size_t>{1, 0, 2})) << "0.2 is nearer; then swap";
}

TEST(CropChoice, EveryMethodGetsItsShareAndTheSumIsHeld) {
  const ChosenScores scores = test_support::drawn_scores();
  const std::vector<CropChoice> choices = choose_crops(scores.frames, 0.5, 60);
  EXPECT_LE(choices.size(), 60u);
  std::map<std::pair<std::string, std::string>, std::set<std::string>> videos;
  std::map<std::pair<std::string, std::string>, std::size_t> crops;
  for (const CropChoice& choice : choices) {
    const FrameInfo& frame = scores.frames[choice.frame].frame;
    ++crops[{frame.dataset, frame.method}];
    videos[{frame.dataset, frame.method}].insert(frame.video);
  }
  EXPECT_EQ(crops.size(), 6u);
  for (const auto& [group, count] : crops) {
    EXPECT_GE(count, 5u) << group.second;
    EXPECT_EQ(videos[group].size(), count) << "of a video one at most";
  }
  EXPECT_TRUE(choose_crops({}, 0.5, 60).empty());
}

}  // namespace
}  // namespace unmask
