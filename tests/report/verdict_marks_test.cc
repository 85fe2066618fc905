#include "report/verdict_marks.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// 300 frames, 25 a second; judge() makes its people.
JudgedInput input_of(std::vector<ScoredFace> faces) {
  JudgedInput input;
  input.status = "ok";
  input.frames = 300;
  input.duration_s = 12;
  input.read = 1;
  input.faces = std::move(faces);
  judge(input, {});
  return input;
}

TEST(VerdictMarksTest, MovesEvenlyBetweenJudgedFrames) {
  const JudgedInput input = input_of({{10, 0, 0, {0, 0, 100, 100}, 0.25}, {20, 0, 0, {40, 20, 50, 50}, 0.75}});
  VerdictMarks marks(input);
  const std::vector<VerdictMark> first = marks.at(10);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].box, (FaceBox{0, 0, 100, 100}));
  EXPECT_EQ(first[0].score, 0.25);
  const std::vector<VerdictMark> between = marks.at(14);
  ASSERT_EQ(between.size(), 1u);
  EXPECT_EQ(between[0].box, (FaceBox{16, 8, 80, 80}));
  EXPECT_FALSE(between[0].score.has_value());
  EXPECT_EQ(marks.at(20).at(0).box, (FaceBox{40, 20, 50, 50}));
  EXPECT_EQ(VerdictMarks(input).at(20).at(0).score, 0.75);
}

TEST(VerdictMarksTest, StandsForASecondWhereNothingIsNear) {
  const JudgedInput input = input_of({{100, 0, 0, {1, 2, 30, 30}, 0.1}, {200, 0, 0, {5, 6, 30, 30}, 0.2}});
  VerdictMarks marks(input);
  std::vector<std::uint32_t> shown;
  for (std::uint32_t frame = 0; frame < 300; ++frame) {
    const std::vector<VerdictMark> now = marks.at(frame);
    if (now.empty()) continue;
    shown.push_back(frame);
    EXPECT_EQ(now[0].box, (frame < 150 ? FaceBox{1, 2, 30, 30} : FaceBox{5, 6, 30, 30})) << frame;
    EXPECT_EQ(now[0].score.has_value(), frame == 100 || frame == 200) << frame;
  }
  ASSERT_EQ(shown.size(), 102u);
  EXPECT_EQ(shown.front(), 75u);
  EXPECT_EQ(shown[50], 125u);
  EXPECT_EQ(shown[51], 175u);
  EXPECT_EQ(shown.back(), 225u);
}

TEST(VerdictMarksTest, FiftyFramesAreBridgedAndFiftyOneAreNot) {
  for (const std::uint32_t gap : {50u, 51u}) {
    const JudgedInput input = input_of({{100, 0, 0, {0, 0, 30, 30}, 0}, {100 + gap, 0, 0, {100, 0, 30, 30}, 0}});
    EXPECT_EQ(VerdictMarks(input).at(110).at(0).box.x, gap == 50 ? 20 : 0);
  }
}

TEST(VerdictMarksTest, EachPersonHasTheirOwn) {
  const JudgedInput input = input_of({{10, 0, 1, {50, 0, 20, 20}, 0.9},
                                      {10, 0, 0, {0, 0, 10, 10}, 0.1},
                                      {20, 0, 0, {0, 0, 10, 10}, 0.3},
                                      {20, 0, 2, {70, 0, 20, 20}, 0.9}});
  const std::vector<VerdictMark> now = VerdictMarks(input).at(10);
  ASSERT_EQ(now.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(input.people[now[i].person].track, i);
  EXPECT_EQ(now[1].box.x, 50);
  EXPECT_EQ(now[1].score, 0.9);
  EXPECT_EQ(now[2].box.x, 70);
  EXPECT_FALSE(now[2].score.has_value());
}

}  // namespace
}  // namespace unmask
