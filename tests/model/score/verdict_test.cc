#include "model/score/verdict.h"

#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/philox.h"
#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// A face a tenth of a second, box of 100 px.
std::vector<ScoredFace> person(const std::vector<double>& scores, std::uint32_t track = 0) {
  std::vector<ScoredFace> faces;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    faces.push_back({static_cast<std::uint32_t>(3 * i),
                     static_cast<std::int64_t>(100'000 * i),
                     track,
                     {10, 20, 100, 100},
                     scores[i]});
  }
  return faces;
}

JudgedInput video(std::vector<ScoredFace> faces) {
  JudgedInput input;
  input.name = "clip.mp4";
  input.status = "ok";
  input.frames = 300;
  input.duration_s = 12;
  input.looked_at = input.read = 32;
  input.with_face = faces.size();
  input.faces = std::move(faces);
  return input;
}

TEST(VerdictTest, APersonIsFakeAboveTheThreshold) {
  const PersonVerdict fake = judge_person(person({0.9, 0.8, 0.4, 0.7}), true, {});
  EXPECT_EQ(fake.verdict, Verdict::kFake);
  EXPECT_DOUBLE_EQ(fake.score, 0.7);
  EXPECT_EQ(fake.faces, 4u);
  EXPECT_EQ(fake.box_px, 100);
  EXPECT_DOUBLE_EQ(fake.last_s, 0.3);
  EXPECT_EQ(judge_person(person({0.5, 0.5, 0.5, 0.5}), true, {}).verdict, Verdict::kNothingFound);
  EXPECT_EQ(judge_person(person({0.9, 0.8, 0.4, 0.7}), true, {.threshold = 0.71}).verdict, Verdict::kNothingFound);
}

TEST(VerdictTest, WhatCantBeJudgedSaysWhy) {
  const PersonVerdict few = judge_person(person({0.9, 0.9, 0.9}), true, {});
  EXPECT_EQ(few.verdict, Verdict::kCannotJudge);
  EXPECT_EQ(few.reason, "too few frames with the face: 3");
  EXPECT_EQ(judge_person(person({0.9}), false, {}).verdict, Verdict::kFake);  // a picture has but one
  std::vector<ScoredFace> small = person({0.9, 0.9, 0.9, 0.9});
  for (ScoredFace& face : small) face.box.width = face.box.height = 40;
  EXPECT_EQ(judge_person(small, true, {}).reason, "the face is too small: 40 px");
}

TEST(VerdictTest, BlurredAndUnfamiliarPeopleArentJudged) {
  std::vector<ScoredFace> faces = person({0.9, 0.9, 0.9, 0.9, 0.9});
  for (ScoredFace& face : faces) face.sharpness = 50, face.distance = 20;
  VerdictOptions options;
  options.limits = {.distance = 25, .sharpness = 40};
  EXPECT_EQ(judge_person(faces, true, options).verdict, Verdict::kFake);
  faces[0].sharpness = faces[1].sharpness = 1;
  faces[2].distance = faces[3].distance = 99;
  const PersonVerdict mostly = judge_person(faces, true, options);
  EXPECT_EQ(mostly.verdict, Verdict::kFake) << "most faces are as they should be";
  EXPECT_EQ(mostly.sharpness, 50);
  EXPECT_EQ(mostly.distance, 20);
  faces[4].distance = 25.5;
  const PersonVerdict unlike = judge_person(faces, true, options);
  EXPECT_EQ(unlike.verdict, Verdict::kCannotJudge);
  EXPECT_EQ(unlike.reason, "unlike the training data: distance 25.5, wanted 25.0 or less");
  faces[4].sharpness = 39;
  EXPECT_EQ(judge_person(faces, true, options).reason, "too blurred: sharpness 39.0, wanted 40.0 or more");
  EXPECT_EQ(judge_person(faces, true, {}).verdict, Verdict::kFake) << "a model without limits";
  JudgedInput input = video(faces);
  judge(input, options);
  const auto json = nlohmann::json::parse(verdict_json(input, options, "x"));
  EXPECT_EQ(json.at("distance_limit"), 25);
  EXPECT_EQ(json.at("sharpness_limit"), 40);
  EXPECT_EQ(json.at("people").at(0).at("distance"), 25.5);
  EXPECT_EQ(json.at("faces").at(4).at("sharpness"), 39);
}

TEST(VerdictTest, PicturesTravelBetweenRanks) {
  JudgedInput input = video(person({0.9, 0.8, 0.7, 0.6}));
  input.faces[1].sharpness = 12;
  input.faces[1].distance = 3.25;
  input.telling = telling_faces(input.faces, 1);
  input.telling[0].picture = "data:image/jpeg;base64,AA==";
  input.telling[0].heat = {2, {0, 255, 3, 4}};
  const JudgedInput back = judged_from(to_text(input));
  ASSERT_EQ(back.telling.size(), 2u);
  EXPECT_EQ(back.telling[0].picture, input.telling[0].picture);
  EXPECT_EQ(back.telling[0].heat.values, input.telling[0].heat.values);
  EXPECT_EQ(back.telling[0].heat.columns, 2);
  EXPECT_EQ(back.telling[1].face, 3u);
  EXPECT_FALSE(back.telling[1].for_fake);
  EXPECT_EQ(back.faces[1].distance, 3.25);
  EXPECT_EQ(back.faces[1].sharpness, 12);
  EXPECT_FALSE(back.faces[0].distance);
}

TEST(VerdictTest, AVideoIsFakeIfAPersonIs) {
  std::vector<ScoredFace> faces = person({0.1, 0.1, 0.1, 0.1}, 0);
  for (const ScoredFace& face : person({0.9, 0.9, 0.9, 0.9}, 1)) faces.push_back(face);
  for (const ScoredFace& face : person({0.99}, 2)) faces.push_back(face);
  JudgedInput input = video(faces);
  judge(input, {});
  ASSERT_EQ(input.people.size(), 3u);
  EXPECT_EQ(input.verdict, Verdict::kFake);
  EXPECT_EQ(input.people[0].verdict, Verdict::kNothingFound);
  EXPECT_EQ(input.people[2].verdict, Verdict::kCannotJudge);
  const std::string table = verdict_table(std::span(&input, 1), {});
  EXPECT_NE(table.find("0.900"), std::string::npos) << table;  // of the one who decides

  JudgedInput honest = video(person({0.1, 0.1, 0.1, 0.1}));
  judge(honest, {});
  EXPECT_EQ(honest.verdict, Verdict::kNothingFound);
  JudgedInput empty = video({});
  judge(empty, {});
  EXPECT_EQ(empty.verdict, Verdict::kCannotJudge);
  EXPECT_EQ(empty.reason, "no face");
  JudgedInput unread = video({});
  unread.read = 0;
  unread.status = "truncated";
  unread.problem = "ends early";
  judge(unread, {});
  EXPECT_EQ(unread.reason, "can't be read: truncated, ends early");
}

TEST(VerdictTest, OneSecondHasNoInterval) {
  EXPECT_FALSE(score_interval(person({0.1, 0.9, 0.5, 0.3}), 0));
  EXPECT_FALSE(judge_person(person({0.1, 0.9, 0.5, 0.3}), false, {}).interval);
}

/// How many of 1,000 intervals cover the mean that the scores are drawn about: `blocks` seconds of ten frames each, a
/// shift a second and noise a frame.
int covered(int blocks) {
  constexpr double kMean = 0.4;
  int inside = 0;
  for (std::uint32_t trial = 0; trial < 1000; ++trial) {
    Draws draws(7, DrawFor::kProbe, trial, static_cast<std::uint32_t>(blocks));
    std::vector<double> scores;
    for (int block = 0; block < blocks; ++block) {
      const double shift = 0.1 * draws.normal();
      for (int frame = 0; frame < 10; ++frame) scores.push_back(kMean + shift + 0.02 * draws.normal());
    }
    const Interval interval = *score_interval(person(scores), trial);
    if (interval.low <= kMean && kMean <= interval.high) ++inside;
  }
  return inside;
}

TEST(VerdictTest, TheIntervalCoversTheTruth) {
  // What the header says, within three deviations of a thousand trials.
  EXPECT_NEAR(covered(5), 840, 35);
  EXPECT_NEAR(covered(10), 900, 29);
  EXPECT_NEAR(covered(30), 940, 23);
}

Calibration calibrated() {
  Calibration calibration;
  calibration.fitted_on = "calibration";
  calibration.reals = 400;
  calibration.fakes = 100;
  calibration.temperature = 0.5;
  calibration.shift = 0.25;
  calibration.thresholds = {{.fpr = 0.02, .score = 0.8}, {.fpr = 0.05, .score = 0.6}};
  return calibration;
}

TEST(VerdictTest, ACalibratedModelIsReadAtTheRateThatIsAskedFor) {
  const std::string text = to_json(calibrated());
  EXPECT_EQ(verdict_options("", {}).threshold, 0.5);
  EXPECT_THROW(verdict_options("", 0.05), Error);
  EXPECT_EQ(verdict_options(text, 0.05).threshold, 0.6);
  EXPECT_EQ(verdict_options(text, {}).threshold, 0.8);  // the lowest, as 0.01 isn't there
  EXPECT_EQ(verdict_options(text, {}).fpr, 0.02);
  EXPECT_THROW(verdict_options(text, 0.01), Error);

  VerdictOptions options = verdict_options(text, 0.05);
  options.prior = 0.1;
  const PersonVerdict judged = judge_person(person({0.7, 0.7, 0.7, 0.7}), true, options);
  EXPECT_EQ(judged.verdict, Verdict::kFake);
  // By the definition: logit / temperature + shift, without the fit's share of fakes; then the prior.
  const double llr = std::log(0.7 / 0.3) / 0.5 + 0.25 - std::log(100.0 / 400.0);
  EXPECT_NEAR(*judged.llr, llr, 1e-12);
  EXPECT_NEAR(*judged.probability, 1 / (1 + std::exp(-(llr + std::log(0.1 / 0.9)))), 1e-12);
}

TEST(VerdictTest, JsonOfACalibratedModelSaysWhatItIsReadBy) {
  VerdictOptions options = verdict_options(to_json(calibrated()), 0.05);
  options.prior = 0.1;
  JudgedInput input = video(person({0.7, 0.7, 0.7, 0.7}));
  judge(input, options);
  const auto json = nlohmann::json::parse(verdict_json(input, options, "abc"));
  EXPECT_EQ(json.at("calibrated"), true);
  EXPECT_EQ(json.at("fitted_on"), "calibration");
  EXPECT_EQ(json.at("threshold"), 0.6);
  EXPECT_EQ(json.at("fpr"), 0.05);
  EXPECT_EQ(json.at("prior"), 0.1);
  EXPECT_EQ(json.at("people").at(0).at("llr"), *input.people[0].llr);
  EXPECT_EQ(json.at("people").at(0).at("probability"), *input.people[0].probability);
}

TEST(VerdictTest, WhoCannotBeJudgedHasNoNumberThatCouldBeTakenForAVerdict) {
  const VerdictOptions options = verdict_options(to_json(calibrated()), 0.05);
  JudgedInput input = video(person({0.7, 0.7}));
  judge(input, options);
  ASSERT_EQ(input.verdict, Verdict::kCannotJudge);
  EXPECT_FALSE(input.people[0].llr);
  EXPECT_FALSE(input.people[0].probability);
  const auto json = nlohmann::json::parse(verdict_json(input, options, "abc"));
  EXPECT_EQ(json.at("calibrated"), true);
  EXPECT_EQ(json.at("people").at(0).at("llr"), nullptr);
  EXPECT_EQ(json.at("people").at(0).at("probability"), nullptr);
  EXPECT_EQ(json.at("people").at(0).at("score"), 0.7);
  const std::string table = verdict_table(std::span(&input, 1), options);
  const std::string row = table.substr(0, table.find("score: mean"));
  for (const char* number : {"0.700", "1.5", "0.5"}) EXPECT_EQ(row.find(number), std::string::npos) << table;
  EXPECT_NE(row.find("too few frames"), std::string::npos) << table;
}

/// The example that `unmask export --onnx` leaves, in its own words of Python.
TEST(VerdictTest, TheExampleOfAnOnnxFolderSaysTheSame) {
  const test_support::TemporaryFolder folder;
  for (const bool fitted : {true, false}) {
    const std::string calibration = fitted ? to_json(calibrated()) : "";
    VerdictOptions options = verdict_options(calibration, {});
    options.prior = 0.1;
    std::ofstream(folder / "calibration") << (fitted ? calibration : "null");
    std::istringstream said(test_support::run_python(
        "tests/model/score/example_judge.py",
        {folder.path().string(), "0.1", "0.75,0.875,0.75,1", "0.75,0.75,0.75,0.875", "0.25,0.5,0.5,0.25", "1,1,1,1"}));
    for (const std::vector<double>& scores : std::vector<std::vector<double>>{
             {0.75, 0.875, 0.75, 1}, {0.75, 0.75, 0.75, 0.875}, {0.25, 0.5, 0.5, 0.25}, {1, 1, 1, 1}}) {
      const PersonVerdict ours = judge_person(person(scores), true, options);
      std::string llr, probability, word;
      said >> llr >> probability;
      std::getline(said >> std::ws, word);
      EXPECT_EQ(word, to_word(ours.verdict)) << scores[0];
      EXPECT_EQ(llr == "None", !fitted);
      if (!fitted || llr == "None") continue;
      EXPECT_NEAR(std::stod(llr), *ours.llr, 1e-9);
      EXPECT_NEAR(std::stod(probability), *ours.probability, 1e-9);
    }
  }
}

TEST(VerdictTest, JsonHasWhatIsKnown) {
  std::vector<ScoredFace> faces;
  for (int second = 0; second < 2; ++second) {
    for (ScoredFace face : person({0.25, 0.5})) {
      face.time_us += 1'000'000 * second;
      faces.push_back(face);
    }
  }
  JudgedInput input = video(faces);
  judge(input, {});
  const std::string line = verdict_json(input, {}, "abc");
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json.at("format"), "unmask.predict.1");
  EXPECT_EQ(json.at("verdict"), "no manipulation found");
  EXPECT_EQ(json.at("calibrated"), false);
  EXPECT_EQ(json.at("fitted_on"), "");
  EXPECT_EQ(json.at("fpr"), nullptr);
  EXPECT_EQ(json.at("prior"), 0.5);
  EXPECT_EQ(json.at("people").at(0).at("llr"), nullptr);
  EXPECT_EQ(json.at("frames").at("with_face"), 4);
  EXPECT_EQ(json.at("people").at(0).at("score"), 0.375);
  EXPECT_EQ(json.at("people").at(0).at("interval").size(), 2u);
  EXPECT_EQ(json.at("faces").at(3).at("time_s"), 1.1);
  EXPECT_EQ(json.at("faces").at(3).at("box"), (std::vector<int>{10, 20, 100, 100}));
}

TEST(VerdictTest, WhatWasJudgedTravelsAndIsNotJudgedAgain) {
  std::vector<ScoredFace> faces = person({0.91, 0.83, 0.4, 0.7});
  for (ScoredFace& face : faces) face.time_us *= 10, face.sharpness = 50, face.distance = 20.25;
  for (const ScoredFace& face : person({0.9}, 1)) faces.push_back(face);
  JudgedInput input = video(faces);
  VerdictOptions options = verdict_options(to_json(calibrated()), 0.05);
  options.prior = 0.1;
  judge(input, options);
  ASSERT_TRUE(input.people.at(0).interval && input.people[0].llr && input.people[0].probability);
  ASSERT_EQ(input.people.at(1).reason, "too few frames with the face: 1");
  const std::string line = verdict_json(input, options, "abc"), table = verdict_table(std::span(&input, 1), options);
  const JudgedInput back = judged_from(to_text(input));
  EXPECT_EQ(verdict_json(back, options, "abc"), line);
  EXPECT_EQ(verdict_table(std::span(&back, 1), options), table);
  const JudgedInput unjudged = judged_from(to_text(video(faces)));
  EXPECT_TRUE(unjudged.people.empty());
  EXPECT_EQ(unjudged.verdict, Verdict::kCannotJudge);
  JudgedInput unread = video({});
  unread.read = 0;
  unread.status = "truncated";
  judge(unread, options);
  EXPECT_EQ(judged_from(to_text(unread)).reason, "can't be read: truncated");
  EXPECT_THROW(judged_from("[1]"), Error);
  std::string other = to_text(unread);
  other.replace(other.rfind("cannot judge"), 12, "perhaps");
  EXPECT_THROW(judged_from(other), Error);
}

}  // namespace
}  // namespace unmask
