#include "model/train/history.h"

#include <gtest/gtest.h>

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
