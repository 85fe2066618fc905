#include "model/train/history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace unmask {
namespace {

EpochRow row(int epoch, double base_auc, double base_loss, double other_auc) {
  return {epoch, epoch * 10,
          1e-3,  0.5,
          0.75,  {{"base", base_loss, 0.5, 0.5, 0.5, base_auc}, {"augment", 0.1, 0.5, 0.5, 0.5, other_auc}}};
}

TEST(HistoryBestRowTest, LooksOnlyAtDatasetsTrainedOn) {
  const std::vector<EpochRow> rows{row(1, 0.8, 0.6, 0.1), row(2, 0.7, 0.6, 0.99)};
  EXPECT_EQ(best_row(rows, {"base"}, "video_auc"), 0u);
  EXPECT_EQ(best_row(rows, {"base", "augment"}, "video_auc"), 1u);
}

TEST(HistoryBestRowTest, BreaksTiesByLossThenByEpoch) {
  EXPECT_EQ(best_row({row(1, 0.8, 0.6, 0), row(2, 0.8, 0.5, 0), row(3, 0.8, 0.5, 0)}, {"base"}, "video_auc"), 1u);
  EXPECT_EQ(best_row({row(1, 0.8, 0.6, 0), row(2, 0.9, 0.5, 0)}, {"base"}, "loss"), 1u);
}

TEST(HistoryBestRowTest, RanksAnUndefinedMetricLast) {
  std::vector<EpochRow> rows{row(1, 0.8, 0.6, 0), row(2, 0.1, 0.6, 0)};
  rows[0].val[0].video_auc.reset();
  EXPECT_EQ(best_row(rows, {"base"}, "video_auc"), 1u);
  EXPECT_FALSE(best_row({}, {"base"}, "video_auc"));
}

TEST(HistoryBestRowTest, ComparesTheMeanOfTheDatasets) {
  const EpochRow one = row(1, 0.75, 0.5, 0.25);
  EXPECT_EQ(selected_value(one, {"base", "augment"}, "video_auc"), 0.5);
  EXPECT_EQ(selected_value(one, {"base"}, "loss"), -0.5);
  EXPECT_FALSE(selected_value(one, {"wild"}, "video_auc"));
  EXPECT_FALSE(selected_value(row(1, 0.75, 0.5, 0.25), {}, "video_auc"));
  EpochRow undefined = one;
  undefined.val[1].video_auc.reset();
  EXPECT_FALSE(selected_value(undefined, {"base", "augment"}, "video_auc"));
  // Where all are undefined, the loss and then the earlier epoch count.
  std::vector<EpochRow> rows{row(1, 0, 0.6, 0), row(2, 0, 0.5, 0), row(3, 0, 0.5, 0)};
  for (EpochRow& each : rows) each.val[0].video_auc.reset();
  EXPECT_EQ(best_row(rows, {"base"}, "video_auc"), 1u);
}

TEST(HistoryTest, JsonReadsBackAsItWasWritten) {
  std::vector<EpochRow> rows{row(1, 0.1 + 0.2, 0.6, 0), row(2, 0.7, 1e-300, 1)};
  rows[0].train_loss.reset();
  rows[1].train_accuracy.reset();
  rows[1].val[1].video_auc.reset();
  EXPECT_EQ(history_from_json(history_json(rows)), rows);
  EXPECT_TRUE(history_from_json(history_json({})).empty());
  rows[0].lr = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(history_from_json(history_json(rows))[0].lr));
  EXPECT_ANY_THROW(history_from_json("[{}]"));
  EXPECT_ANY_THROW(history_from_json("no JSON"));
}

TEST(HistoryTest, WritesFullPrecisionAndNothingForAnUndefinedAuc) {
  EpochRow one = row(1, 0.1 + 0.2, 0.6, 0);
  one.val[1].video_auc.reset();
  EXPECT_EQ(
      metrics_csv({one}, {"base", "augment"}),
      "epoch,step,lr,train_loss,train_accuracy,base.loss,base.frame_accuracy,base.balanced_accuracy,base.frame_auc,"
      "base.video_auc,augment.loss,augment.frame_accuracy,augment.balanced_accuracy,augment.frame_auc,augment.video_"
      "auc\n"
      "1,10,0.001,0.5,0.75,0.6,0.5,0.5,0.5,0.30000000000000004,0.1,0.5,0.5,0.5,\n");
}

}  // namespace
}  // namespace unmask
