#include "report/chosen_scores.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/report/reported_run.h"

namespace unmask {
namespace {

nlohmann::json json_of(const ChosenScores& scores) { return nlohmann::json::parse(chosen_scores_json(scores)); }

EvaluatedFrame frame_of(const std::string& method, const std::string& video, std::optional<double> score) {
  EvaluatedFrame one;
  one.frame.dataset = "base";
  one.frame.method = method;
  one.frame.label = method == "real" ? 0 : 1;
  one.frame.video = video;
  one.frame.split = Split::kVal;
  one.score = score;
  return one;
}

TEST(ChosenScores, HaveCurvesOfAllAndOfEachDatasetByFrameAndByVideo) {
  const nlohmann::json json = json_of(test_support::drawn_scores());
  EXPECT_EQ(json["split"], "val");
  std::vector<std::string> curves;
  for (const auto& curve : json["curves"])
    curves.push_back(curve["dataset"].get<std::string>() + " " + curve["level"].get<std::string>());
  EXPECT_EQ(curves, (std::vector<std::string>{" video", " frame", "augment video", "augment frame", "base video",
                                              "base frame"}));
  const auto& all = json["curves"][0];
  EXPECT_EQ(all["reals"], 80);
  EXPECT_EQ(all["fakes"], 160);
  EXPECT_EQ(json["curves"][5]["reals"], 120 - 5) << "frames without a face have no score";
  EXPECT_EQ(all["fpr"].size(), all["threshold"].size());
  EXPECT_TRUE(all["threshold"][0].is_null()) << "nobody is above infinity";
  EXPECT_EQ(json["reliability"].size(), 3u);
}

TEST(ChosenScores, AVideosScoreIsTheMeanOfItsFramesAndCountsOnce) {
  ChosenScores scores;
  scores.frames = {frame_of("real", "a", 0.2), frame_of("real", "a", 0.9), frame_of("real", "a", std::nullopt),
                   frame_of("swap", "a", 0.3), frame_of("swap", "b", 0.6), frame_of("other", "a", 0.9)};
  const nlohmann::json rows = json_of(scores)["confusion"];
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["method"], "real");
  EXPECT_EQ(rows[0]["videos"], 1);
  EXPECT_EQ(rows[0]["called_fake"], 1) << "0.55 on average, above the middle";
  EXPECT_EQ(rows[1]["method"], "other");
  EXPECT_EQ(rows[2]["method"], "swap");
  EXPECT_EQ(rows[2]["videos"], 2);
  EXPECT_EQ(rows[2]["called_fake"], 1);
}

TEST(ChosenScores, TheThresholdIsThatOfPredict) {
  ChosenScores scores = test_support::drawn_scores();
  EXPECT_EQ(chosen_threshold(scores).score, 0.97);
  EXPECT_EQ(chosen_threshold(scores).fpr, 0.01);
  EXPECT_FALSE(json_of(scores)["reliability"][0]["after"].is_null());
  scores.calibration.reset();
  EXPECT_EQ(chosen_threshold(scores).score, 0.5);
  EXPECT_FALSE(chosen_threshold(scores).fpr);
  EXPECT_TRUE(json_of(scores)["reliability"][0]["after"].is_null());
}

TEST(ChosenScores, OneClassHasNoCurveAndNothingHasNothing) {
  ChosenScores scores;
  scores.frames = {frame_of("real", "a", 0.2)};
  const nlohmann::json json = json_of(scores);
  EXPECT_TRUE(json["curves"][0]["fpr"].empty());
  EXPECT_TRUE(json["curves"][0]["auc"].is_null());
  EXPECT_TRUE(json_of({})["curves"].empty());
}

}  // namespace
}  // namespace unmask
