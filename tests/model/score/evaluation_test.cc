#include "model/score/evaluation.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace unmask {
namespace {

EvaluatedFrame frame(const std::string& dataset, const std::string& method, const std::string& video,
                     std::uint32_t number, std::optional<double> score, const std::string& identity = "p1") {
  EvaluatedFrame evaluated;
  evaluated.frame.dataset = dataset;
  evaluated.frame.method = method;
  evaluated.frame.label = method == "real" ? 0 : 1;
  evaluated.frame.video = video;
  evaluated.frame.frame = number;
  evaluated.frame.target_identity = identity;
  evaluated.frame.split = Split::kVal;
  evaluated.frame.status = score ? FrameStatus::kOk : FrameStatus::kNoFace;
  evaluated.score = score;
  return evaluated;
}

/// Two methods with a fake of the same name, as in FaceForensics++; one video without any face.
std::vector<EvaluatedFrame> small_set() {
  return {frame("base", "real", "000", 0, 0.1),
          frame("base", "real", "000", 1, 0.3),
          frame("base", "real", "001", 0, 0.6, "d7"),
          frame("base", "deepfakes", "000_003", 0, 0.9),
          frame("base", "deepfakes", "000_003", 1, 0.5),
          frame("base", "faceswap", "000_003", 0, 0.2, "d7"),
          frame("base", "faceswap", "005_006", 0, std::nullopt),
          frame("augment", "real", "9", 0, 0.25)};
}

const EvaluationRow& row_of(const std::vector<EvaluationRow>& rows, const char* dataset, const char* group) {
  for (const EvaluationRow& row : rows) {
    if (row.dataset == dataset && row.group == group) return row;
  }
  throw std::runtime_error(std::string("no row ") + dataset + " " + group);
}

TEST(EvaluationTest, RowsAreDatasetsThenMethods) {
  const auto rows = evaluate_frames(small_set(), {});
  std::vector<std::string> names;
  for (const EvaluationRow& row : rows) names.push_back(row.dataset + "/" + row.group);
  EXPECT_EQ(names, (std::vector<std::string>{"augment/all", "base/all", "base/deepfakes", "base/faceswap"}));
}

TEST(EvaluationTest, IntervalsAreDrawnFromPeopleAndStandInTheJson) {
  std::vector<EvaluatedFrame> frames;
  for (int i = 0; i < 40; ++i) {
    const std::string person = "p" + std::to_string(i / 4);  // in four videos
    const double score = (i * 7 % 10) / 10.0 * 0.6;
    frames.push_back(
        frame("base", i % 2 == 0 ? "real" : "deepfakes", std::to_string(i), 0, score + i % 2 * 0.3, person));
    frames.push_back(frames.back());
    frames.back().frame.frame = 1;
  }
  const auto rows = evaluate_frames(frames, {});
  const EvaluationRow& all = row_of(rows, "base", "all");
  EXPECT_EQ(all.clusters, 10);
  ASSERT_TRUE(all.video_intervals.auc);
  EXPECT_EQ(all.video_intervals.auc, all.frame_intervals.auc) << "both frames of a video are alike";
  EXPECT_LT(all.video_intervals.auc->low, *all.by_video.auc);
  EXPECT_GT(all.video_intervals.auc->high, *all.by_video.auc);
  const auto json = nlohmann::json::parse(evaluation_json(rows, "d")).at("rows").at(0);
  EXPECT_EQ(json.at("clusters"), 10);
  EXPECT_EQ(json.at("by_video").at("intervals").at("auc").at(0), all.video_intervals.auc->low);
  EXPECT_EQ(json.at("by_frame").at("intervals").at("eer").at(1), all.frame_intervals.eer->high);
  EXPECT_EQ(json.at("by_video").at("tpr_at_fpr_5"), *all.by_video.tpr_at_fpr_5);
  char text[64];
  std::snprintf(text, sizeof text, "%.4f to %.4f", all.video_intervals.auc->low, all.video_intervals.auc->high);
  EXPECT_NE(evaluation_table(rows).find(text), std::string::npos) << evaluation_table(rows);
}

TEST(EvaluationTest, FakesOfOneNameAreVideosOfTheirOwn) {
  const auto rows = evaluate_frames(small_set(), {});
  const EvaluationRow& all = row_of(rows, "base", "all");
  EXPECT_EQ(all.frames, 7);
  EXPECT_EQ(all.crops, 6);
  EXPECT_EQ(all.videos, 5);
  EXPECT_EQ(all.videos_scored, 4);
  EXPECT_EQ(all.by_video.count, 4);
  EXPECT_EQ(all.by_video.fakes, 2);
}

TEST(EvaluationTest, MethodsAreSetAgainstAllReals) {
  const auto rows = evaluate_frames(small_set(), {});
  const EvaluationRow& deepfakes = row_of(rows, "base", "deepfakes");
  EXPECT_EQ(deepfakes.by_frame.count, 5);
  // Fakes .9 .5 against reals .1 .3 .6: 5 of 6 pairs are in order.
  EXPECT_DOUBLE_EQ(deepfakes.by_frame.auc.value(), 5.0 / 6);
  // Video means: fake .7 against .2 and .6.
  EXPECT_DOUBLE_EQ(deepfakes.by_video.auc.value(), 1.0);
  const EvaluationRow& faceswap = row_of(rows, "base", "faceswap");
  EXPECT_DOUBLE_EQ(faceswap.by_frame.auc.value(), 1.0 / 3);
  EXPECT_EQ(faceswap.videos, 4);
  EXPECT_EQ(faceswap.videos_scored, 3);
}

TEST(EvaluationTest, OneClassHasNoAuc) {
  const auto rows = evaluate_frames(small_set(), {});
  EXPECT_FALSE(row_of(rows, "augment", "all").by_frame.auc.has_value());
  EXPECT_NE(evaluation_table(rows).find(" -"), std::string::npos);
}

TEST(EvaluationTest, SubsetsAreByTargetIdentity) {
  const auto rows = evaluate_frames(small_set(), {parse_subset("drawn=^d[0-9]+$"), parse_subset("photos=^[^d]")});
  EXPECT_EQ(row_of(rows, "base", "drawn").crops, 2);
  EXPECT_DOUBLE_EQ(row_of(rows, "base", "drawn").by_frame.auc.value(), 0);
  EXPECT_EQ(row_of(rows, "base", "photos").crops, 4);
  EXPECT_THROW(parse_subset("drawn"), Error);
  EXPECT_THROW(parse_subset("x=(["), Error);
}

TEST(EvaluationTest, JsonAndCsvHoldFullPrecision) {
  auto frames = small_set();
  frames[0].score = 0.1 + 0.2;
  frames[1].frame.video = "a,\"b\"";
  const std::string csv = evaluation_csv(frames);
  EXPECT_NE(csv.find("base,real,,000,0,0,val,ok,0.30000000000000004\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"a,\"\"b\"\"\""), std::string::npos);
  EXPECT_NE(csv.find("no_face,\n"), std::string::npos) << csv;
  const auto json = nlohmann::json::parse(evaluation_json(evaluate_frames(frames, {}), "ab"));
  EXPECT_EQ(json["rows"].size(), 4u);
  EXPECT_TRUE(json["rows"][0]["by_frame"]["auc"].is_null());
  EXPECT_DOUBLE_EQ(json["rows"][1]["coverage"].get<double>(), 6.0 / 7);
}

}  // namespace
}  // namespace unmask
