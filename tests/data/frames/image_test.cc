#include "data/frames/image.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(Image, ASizeIsGoodUpToTheLimitOfPixels) {
  const FrameLimits limits{.max_pixels = 1'000'000};
  EXPECT_FALSE(size_fault(1000, 1000, limits));
  EXPECT_FALSE(size_fault(1, 1'000'000, limits));
  const auto fault = size_fault(1001, 1000, limits);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->status, FrameStatus::kTooLarge);
  EXPECT_EQ(fault->problem, "1001 x 1000 pixels; the limit is 1000000 (max_pixels)");
}

TEST(Image, SizesOfAHostileHeaderDontOverflow) {
  const std::int64_t huge = std::int64_t{1} << 33;  // its square is 2^66, which is 0 in 64 bits
  EXPECT_EQ(size_fault(huge, huge, {})->status, FrameStatus::kTooLarge);
  EXPECT_EQ(size_fault(0, 10, {})->status, FrameStatus::kTruncated);
  EXPECT_EQ(size_fault(10, -10, {})->status, FrameStatus::kTruncated);
}

}  // namespace
}  // namespace unmask
