#include "dist/bucket_plan.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

std::string text_of(const std::vector<std::int64_t>& elements, std::int64_t bucket_bytes) {
  std::string text;
  for (const Bucket& bucket : plan_buckets(elements, bucket_bytes)) {
    text += "[" + std::to_string(bucket.first) + "+" + std::to_string(bucket.count) + ":" +
            std::to_string(bucket.elements) + "]";
  }
  return text;
}

TEST(BucketPlan, ClosesABucketWhenItsWireBytesReachTheLimit) {
  EXPECT_EQ(text_of({10, 10, 10, 10, 10}, 160), "[0+2:20][2+2:20][4+1:10]");
  EXPECT_EQ(text_of({10, 10, 10, 10, 10}, 161), "[0+3:30][3+2:20]");
}

TEST(BucketPlan, ATensorAboveTheLimitHasABucketOfItsOwnOrEndsOne) {
  EXPECT_EQ(text_of({1000, 1, 1000, 1}, 100), "[0+1:1000][1+2:1001][3+1:1]");
}

TEST(BucketPlan, OneBucketForAllWhenTheLimitIsHighAndOneForEachWhenItIsNone) {
  EXPECT_EQ(text_of({1, 2, 3}, 1 << 30), "[0+3:6]");
  EXPECT_EQ(text_of({1, 2, 3}, 0), "[0+1:1][1+1:2][2+1:3]");
}

TEST(BucketPlan, NoTensorsNoBuckets) { EXPECT_EQ(text_of({}, 100), ""); }

TEST(BucketPlan, EmptyTensorsTravelWithTheirNeighbours) { EXPECT_EQ(text_of({0, 5, 0}, 40), "[0+2:5][2+1:0]"); }

TEST(BucketPlan, CoversAllPositionsInOrder) {
  std::vector<std::int64_t> elements;
  for (std::int64_t i = 0; i < 62; ++i) elements.push_back(i * 7919 % 5000);
  for (const std::int64_t bytes : {1, 999, 10000, 100000, 10000000}) {
    int next = 0;
    std::int64_t total = 0;
    for (const Bucket& bucket : plan_buckets(elements, bytes)) {
      EXPECT_EQ(bucket.first, next);
      EXPECT_GE(bucket.count, 1);
      next += bucket.count;
      total += bucket.elements;
    }
    EXPECT_EQ(next, 62);
    std::int64_t expected = 0;
    for (const std::int64_t one : elements) expected += one;
    EXPECT_EQ(total, expected);
  }
}

}  // namespace
}  // namespace unmask
