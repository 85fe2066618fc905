#include "tests/model/train/learning_distance.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(LearningDistanceTest, ALearningRateOfZeroIsSeen) {
  const LearningDistance distance = learning_distance({.by_tensors = true}, Precision::kFp32, /*rate_there=*/0);
  EXPECT_EQ(distance.gradient, 0);
  EXPECT_EQ(distance.update, 1);
}

/// What gpu_test lets pass in 16 bits: a gradient that has nothing to do with the wanted one is at 1.4.
TEST(LearningDistanceTest, RoundingTakesItFurtherButNotFar) {
  const LearningDistance distance = learning_distance({.by_tensors = true}, Precision::kBf16InF32);
  EXPECT_GT(distance.gradient, 0.01);
  EXPECT_LT(distance.gradient, 0.5);
  EXPECT_LT(distance.update, 0.7);
}

}  // namespace
}  // namespace unmask
