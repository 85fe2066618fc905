// Against evaluate's scores of prepare's crops: ../predict.py.
#include "launch/run/input_scorer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/prepare/preprocessing.h"
#include "tests/data/real_faces.h"
#include "tests/model/drawn_model.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

std::filesystem::path write_model(const std::filesystem::path& folder, const std::string& preprocessing) {
  write_drawn_model(folder / "model.safetensors", preprocessing, 48);
  return folder / "model.safetensors";
}

InputScorerOptions options(const std::string& frames) {
  InputScorerOptions result;
  result.frames = *frame_rule_from(frames);
  return result;
}

TEST(InputScorerTest, AFileHasItsFactsAndAScoreForEachFace) {
  const test_support::TemporaryFolder folder;
  PrepareOptions prepare;
  prepare.crop_px = 48;
  InputScorer scorer(write_model(folder.path(), InputPreparer(prepare).preprocessing()), options("4"));
  const JudgedInput video = scorer.score(face_file("carphone.mp4"), {});
  EXPECT_EQ(video.status, "ok");
  EXPECT_EQ(video.looked_at, 4u);
  EXPECT_EQ(video.read, 4u);
  ASSERT_EQ(video.faces.size(), video.with_face);
  ASSERT_GE(video.faces.size(), 3u);
  for (const ScoredFace& face : video.faces) EXPECT_TRUE(face.score > 0 && face.score < 1) << face.score;
  EXPECT_NE(video.faces[0].score, video.faces[1].score);
  const JudgedInput text = scorer.score(std::string(UNMASK_SOURCE_DIR) + "/README.md", {});
  EXPECT_FALSE(text.could_be_read());
  EXPECT_EQ(text.status, "not_an_image");
}

TEST(InputScorerTest, AModelOfOtherCropsIsRefused) {
  const test_support::TemporaryFolder folder;
  const auto refusal = [&](const std::string& preprocessing) {
    try {
      InputScorer(write_model(folder.path(), preprocessing), options("4"));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  const std::string other = refusal(preprocessing_json({}, "dlib 1.0"));
  EXPECT_NE(other.find("the model's is \"dlib 1.0\""), std::string::npos) << other;
  EXPECT_NE(refusal("{}").find("can't be read"), std::string::npos);
}

}  // namespace
}  // namespace unmask
