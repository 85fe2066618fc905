#include "model/train/loss_scale.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(LossScaleTest, HalvesOnAnOverflowAndDoublesAfterManyGoodSteps) {
  LossScale scale;
  EXPECT_EQ(scale.value, 65536);
  EXPECT_TRUE(scale.update(true));
  EXPECT_EQ(scale.value, 32768);
  for (int step = 0; step < LossScale::kGrowAfter - 1; ++step) EXPECT_TRUE(scale.update(false));
  EXPECT_EQ(scale.value, 32768);
  EXPECT_TRUE(scale.update(true));  // the count begins anew
  for (int step = 0; step < LossScale::kGrowAfter; ++step) EXPECT_TRUE(scale.update(false));
  EXPECT_EQ(scale.value, 32768);
  while (scale.value > 1) EXPECT_TRUE(scale.update(true));
  EXPECT_FALSE(scale.update(true));
  for (int step = 0; step < 100 * LossScale::kGrowAfter; ++step) scale.update(false);
  EXPECT_EQ(scale.value, LossScale::kLargest);
}

}  // namespace
}  // namespace unmask
