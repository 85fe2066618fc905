#include "model/score/scored_frames.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

EvaluatedFrame frame_of(const std::string& video, std::uint32_t number, std::optional<double> score) {
  EvaluatedFrame one;
  one.frame.dataset = "base";
  one.frame.method = "swap";
  one.frame.compression = "c23";
  one.frame.label = 1;
  one.frame.video = video;
  one.frame.frame = number;
  one.frame.split = Split::kVal;
  one.frame.status = score ? FrameStatus::kOk : FrameStatus::kNoFace;
  one.score = score;
  return one;
}

TEST(ScoredFrames, AreReadAsTheyWereWritten) {
  const std::vector<EvaluatedFrame> frames = {frame_of("plain", 0, 0.1), frame_of("a,b \"c\"", 7, 1.0 / 3),
                                              frame_of("back\\slash", 4294967295, 1e-300),
                                              frame_of("no face", 1, std::nullopt), frame_of("", 1, 1.0)};
  const std::vector<EvaluatedFrame> read = frames_from_csv(evaluation_csv(frames), "frames.csv");
  ASSERT_EQ(read.size(), frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(read[i].frame.video, frames[i].frame.video);
    EXPECT_EQ(read[i].frame.frame, frames[i].frame.frame);
    EXPECT_EQ(read[i].frame.label, 1);
    EXPECT_EQ(read[i].frame.method + read[i].frame.compression + read[i].frame.dataset, "swapc23base");
    EXPECT_EQ(read[i].frame.split, Split::kVal);
    EXPECT_EQ(read[i].frame.status, frames[i].frame.status);
    EXPECT_EQ(read[i].score, frames[i].score);
  }
  EXPECT_TRUE(frames_from_csv(evaluation_csv({}), "x").empty());
}

TEST(ScoredFrames, WhatIsNoSuchTableIsNamedWithItsLine) {
  const std::string header = evaluation_csv({});
  for (const auto& [row, words] :
       std::vector<std::pair<std::string, std::string>>{{"a,b\n", "line 2: 2 cells, wanted 9"},
                                                        {"base,swap,,v,x,1,val,ok,0.5\n", "frame is \"x\""},
                                                        {"base,swap,,v,1,2,val,ok,0.5\n", "label is \"2\""},
                                                        {"base,swap,,v,1,1,valid,ok,0.5\n", "no split \"valid\""},
                                                        {"base,swap,,v,1,1,val,fine,0.5\n", "no status \"fine\""},
                                                        {"base,swap,,v,1,1,val,ok,nan\n", "score is \"nan\""},
                                                        {"base,swap,,v,1,1,val,ok,1.5\n", "score is \"1.5\""}}) {
    const std::string said =
        test_support::refusal(ErrorKind::kData, [&, text = header + row] { frames_from_csv(text, "frames.csv"); });
    EXPECT_EQ(said.find("frames.csv"), 0u) << said;
    EXPECT_NE(said.find(words), std::string::npos) << said;
  }
  EXPECT_THROW(frames_from_csv("", "x"), Error);
  EXPECT_THROW(frames_from_csv("score,video\n", "x"), Error);
}

TEST(ScoredFrames, VideosAreToldApartByAllThatNamesThem) {
  std::vector<EvaluatedFrame> frames = {frame_of("v", 0, std::nullopt), frame_of("v", 1, 0.25), frame_of("v", 2, 0.75),
                                        frame_of("v", 0, 0.1), frame_of("w", 0, std::nullopt)};
  frames[3].frame.method = "other";
  const std::vector<ScoredVideo> videos = scored_videos(frames);
  ASSERT_EQ(videos.size(), 2u) << "one has no score";
  EXPECT_EQ(videos[0].frame, 1u);
  EXPECT_EQ(videos[0].scored.score, 0.5);
  EXPECT_EQ(videos[1].scored.score, 0.1);
}

}  // namespace
}  // namespace unmask
