// Against evaluate's scores of prepare's crops: ../predict.py.
#include "launch/run/input_scorer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/prepare/preprocessing.h"
#include "model/files/safetensors.h"
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

TEST(InputScorerTest, PicturesShowWhereTheModelLooksAndChangeNothingElse) {
  const test_support::TemporaryFolder folder;
  PrepareOptions prepare;
  prepare.crop_px = 48;
  const auto model = write_model(folder.path(), InputPreparer(prepare).preprocessing());
  InputScorerOptions with = options("8");
  with.pictures = true;
  const JudgedInput plain = InputScorer(model, options("8")).score(face_file("carphone.mp4"), {});
  const JudgedInput shown = InputScorer(model, with).score(face_file("carphone.mp4"), {});
  EXPECT_TRUE(plain.telling.empty());
  ASSERT_EQ(shown.faces.size(), plain.faces.size());
  for (std::size_t i = 0; i < plain.faces.size(); ++i) {
    EXPECT_EQ(shown.faces[i].score, plain.faces[i].score);
    EXPECT_GT(shown.faces[i].sharpness, 0);
    EXPECT_FALSE(shown.faces[i].distance) << "the model has no Gaussian";
  }
  EXPECT_EQ(shown.telling.size(), 6u);
  for (const TellingFace& telling : shown.telling) {
    EXPECT_TRUE(telling.picture.starts_with("data:image/jpeg;base64,/9j/")) << telling.picture.substr(0, 40);
    EXPECT_EQ(telling.heat.values.size(), 4u) << "48 px leave 2 x 2";
    for (const int value : telling.heat.values) EXPECT_TRUE(value >= 0 && value <= 255) << value;
  }
}

TEST(InputScorerTest, AModelWithAGaussianMeasuresDistances) {
  const test_support::TemporaryFolder folder;
  PrepareOptions prepare;
  prepare.crop_px = 48;
  const auto plain = write_model(folder.path(), InputPreparer(prepare).preprocessing());
  Familiarity familiarity{"val", 200, {30, 5}, {std::vector<double>(512, 0), std::vector<double>(512 * 512, 0), 0}};
  for (std::size_t i = 0; i < 512; ++i) familiarity.gaussian.covariance[i * 513] = 4;
  const SafetensorsFile file(plain, SafetensorsFile::Digest::kRequired);
  const auto write = [&] {
    std::vector<TensorBytes> tensors = file.tensors();
    for (const TensorBytes& tensor : familiarity_tensors(familiarity)) tensors.push_back(tensor);
    auto metadata = file.metadata();
    metadata[kFamiliarityKey] = to_json(familiarity);
    write_safetensors(folder / "familiar", "1", tensors, metadata);
  };
  write();
  InputScorer scorer(folder / "familiar", options("4"));
  ASSERT_TRUE(scorer.limits());
  EXPECT_EQ(scorer.limits()->distance, 30);
  EXPECT_EQ(scorer.limits()->sharpness, 5);
  const JudgedInput input = scorer.score(face_file("carphone.mp4"), {});
  ASSERT_FALSE(input.faces.empty());
  for (const ScoredFace& face : input.faces) EXPECT_TRUE(face.distance && *face.distance > 0);
  familiarity.gaussian.mean.pop_back();
  familiarity.gaussian.covariance.assign(511 * 511, 0);
  for (std::size_t i = 0; i < 511; ++i) familiarity.gaussian.covariance[i * 512] = 1;
  write();
  EXPECT_THROW(InputScorer(folder / "familiar", options("4")), Error) << "of another network";
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
