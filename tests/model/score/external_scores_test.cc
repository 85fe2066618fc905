#include "model/score/external_scores.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

EvaluatedFrame frame(const std::string& method, const std::string& video, std::uint32_t number,
                     const std::string& source, std::optional<double> score = {}) {
  EvaluatedFrame evaluated;
  evaluated.frame.dataset = "base";
  evaluated.frame.method = method;
  evaluated.frame.label = method == "real" ? 0 : 1;
  evaluated.frame.video = video;
  evaluated.frame.frame = number;
  evaluated.frame.source = source;
  evaluated.score = score;
  return evaluated;
}

/// Two fakes of one name; the last from a store that doesn't know its files.
std::vector<EvaluatedFrame> some_frames() {
  return {frame("real", "000", 0, "real/000.mp4", 0.5), frame("real", "000", 3, "real/000.mp4"),
          frame("deepfakes", "000_003", 0, "fake/deepfakes/000_003.mp4"),
          frame("faceswap", "000_003", 0, "fake/faceswap/000_003.mp4"), frame("faceswap", "9", 0, "")};
}

using Scores = std::vector<std::optional<double>>;
Scores scores_of(const std::vector<EvaluatedFrame>& frames) {
  Scores scores;
  for (const EvaluatedFrame& each : frames) scores.push_back(each.score);
  return scores;
}

std::string refusal(const std::string& csv) {
  std::vector<EvaluatedFrame> frames = some_frames();
  try {
    take_external_scores(csv, "theirs.csv", frames);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    return error.what();
  }
  return "nothing was refused";
}

TEST(ExternalScoresTest, APathIsTheStoresOrEndsInIt) {
  std::vector<EvaluatedFrame> frames = some_frames();
  const ExternalScores found = take_external_scores(
      "note,score,path\r\nx,0.25,real/000.mp4\r\ny,-3,/data/fake/faceswap/000_003.mp4\r\nz,1,other/000.mp4\r\n,,q\r\n",
      "theirs.csv", frames);
  EXPECT_EQ(scores_of(frames), (Scores{0.25, 0.25, {}, -3.0, {}}));
  EXPECT_EQ(found.told("theirs.csv"),
            "theirs.csv: 4 rows; 1 without a score; 1 match nothing (the first: line 4: other/000.mp4); 2 of 4 videos "
            "have no score");
}

TEST(ExternalScoresTest, AVideoAndItsFrameAreFoundByName) {
  std::vector<EvaluatedFrame> frames = some_frames();
  take_external_scores("video,frame,method,score\n000,3,,0.1\n000_003,0,deepfakes,0.9\n9,,faceswap,0.8\n", "theirs.csv",
                       frames);
  EXPECT_EQ(scores_of(frames), (Scores{{}, 0.1, 0.9, {}, 0.8})) << "an empty method is no method";
  take_external_scores("video,frame,score\n000,3,0.1\n", "theirs.csv", frames);
  EXPECT_EQ(scores_of(frames), (Scores{{}, 0.1, {}, {}, {}}));
}

TEST(ExternalScoresTest, WhatIsWrittenIsReadAgain) {
  std::vector<EvaluatedFrame> frames = some_frames();
  for (std::size_t i = 0; i < frames.size(); ++i) frames[i].score = i / 7.0;
  frames[1].score.reset();
  const Scores before = scores_of(frames);
  const ExternalScores found = take_external_scores(evaluation_csv(frames), "ours.csv", frames);
  EXPECT_EQ(scores_of(frames), before);
  EXPECT_EQ(found.empty, 1);
  EXPECT_EQ(found.unmatched, 0);
}

TEST(ExternalScoresTest, WhatCannotBeMeantIsNamedWithItsLine) {
  EXPECT_EQ(refusal(""), "theirs.csv, line 1: wanted a header with the columns score, and path or video");
  EXPECT_EQ(refusal("video,score,score\n"), "theirs.csv, line 1: two columns \"score\"");
  EXPECT_EQ(refusal("video,score\n000,high\n"), "theirs.csv, line 2: score is \"high\", wanted a finite number");
  EXPECT_NE(refusal("video,score\n000,nan\n").find("wanted a finite number"), std::string::npos);
  EXPECT_EQ(refusal("video,score\n000\n"), "theirs.csv, line 2: 1 cells, and the header has 2");
  EXPECT_EQ(refusal("video,score\n000_003,1\n"),
            "theirs.csv, line 2: several videos answer to it, base/deepfakes//000_003 frame 0 and "
            "base/faceswap//000_003 frame 0; add columns dataset, method, compression");
  EXPECT_EQ(refusal("video,score\n000,1\n000,1\n"),
            "theirs.csv, line 3: base/real//000 frame 0 has a score already, from line 2");
  EXPECT_NE(refusal("video,frame,score\n000,one,1\n").find("frame is \"one\", wanted a whole number"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
