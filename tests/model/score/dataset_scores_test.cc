#include "model/score/dataset_scores.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// Four frames of three videos; `scores` in their order. Reals are the first two frames.
DatasetMeasures measures(double loss, const std::vector<double>& scores) {
  const std::vector<Scored> frames = {{0, scores[0]}, {0, scores[1]}, {1, scores[2]}, {1, scores[3]}};
  const std::vector<std::uint32_t> video_of = {0, 1, 2, 2};
  return {loss, detection_metrics(frames), detection_metrics(video_scores(frames, video_of))};
}

TEST(DatasetScoresTest, AreTakenByFrameAndByVideo) {
  // By frame a fake scores 0.3 below the real 0.4; by video both fakes are one of 0.6.
  const DatasetScores scores = take_scores("base", measures(0.7, {0.1, 0.4, 0.3, 0.9}));
  EXPECT_EQ(scores.dataset, "base");
  EXPECT_EQ(scores.loss, 0.7);
  EXPECT_EQ(scores.frame_accuracy, 0.75);
  EXPECT_EQ(scores.balanced_accuracy, 0.75);
  EXPECT_EQ(scores.frame_auc, 0.75);
  EXPECT_EQ(scores.video_auc, 1);
}

TEST(DatasetScoresTest, TheBetterDetectorHasTheLargerComparedValueInEveryScore) {
  const DatasetScores good = take_scores("base", measures(0.01, {0.0, 0.1, 0.9, 1.0})),
                      bad = take_scores("base", measures(4.0, {0.9, 1.0, 0.0, 0.1}));
  for (const std::string& name : score_names()) {
    ASSERT_TRUE(compared_value(good, name) && compared_value(bad, name)) << name;
    EXPECT_GT(*compared_value(good, name), *compared_value(bad, name)) << name;
  }
  EXPECT_EQ(find_score("f1"), nullptr);
  EXPECT_THROW(compared_value(good, "f1"), std::logic_error);
}

TEST(DatasetScoresTest, OfOneClassHaveNoAuc) {
  const std::vector<Scored> reals = {{0, 0.2}, {0, 0.7}};
  const DatasetMeasures one_class{0.5, detection_metrics(reals), detection_metrics(reals)};
  const DatasetScores scores = take_scores("base", one_class);
  EXPECT_EQ(scores.frame_accuracy, 0.5);
  EXPECT_EQ(compared_value(scores, "video_auc"), std::nullopt);
  EXPECT_EQ(score_cells(scores), "0.5,0.5,,,");
}

TEST(DatasetScoresTest, StandUnderTheirColumns) {
  const DatasetScores scores{"held", 0.1 + 0.2, 0.5, std::nullopt, 2.0 / 3, 0.75};
  EXPECT_EQ(score_columns("x."), "x.loss,x.frame_accuracy,x.balanced_accuracy,x.frame_auc,x.video_auc");
  EXPECT_EQ(test_csv({scores}),
            "dataset,loss,frame_accuracy,balanced_accuracy,frame_auc,video_auc\n"
            "held,0.30000000000000004,0.5,,0.6666666666666666,0.75\n");
}

TEST(DatasetScoresTest, JsonBringsEveryBitBack) {
  const std::vector<DatasetScores> rows = {{"base", 1e300, 0.7, std::nullopt, 2.0 / 3, 0.1},
                                           {"a \"b\"", 0.1 + 0.2, 5e-324, 1, std::nullopt, std::nullopt}};
  EXPECT_EQ(scores_from_json(scores_json(rows)), rows);
  EXPECT_EQ(scores_json({}), "[]");
  EXPECT_EQ(scores_json({rows[0]}),
            R"([{"balanced_accuracy":null,"dataset":"base","frame_accuracy":0.7,"frame_auc":0.6666666666666666,)"
            R"("loss":1e+300,"video_auc":0.1}])");
  // Written before there were most of the scores.
  EXPECT_EQ(scores_from_json(R"([{"dataset":"base","loss":0.5}])"),
            (std::vector<DatasetScores>{{"base", 0.5, {}, {}, {}, {}}}));
  for (const char* bad : {"", "[{}]", "[1]", R"([{"dataset":"base","loss":"low"}])", R"([{"dataset":3}])"})
    EXPECT_THROW(scores_from_json(bad), std::exception) << bad;
}

}  // namespace
}  // namespace unmask
