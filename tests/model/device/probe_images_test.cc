#include "model/device/probe_images.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "base/digest.h"
#include "data/augment/augment.h"

namespace unmask {
namespace {

TEST(ProbeImagesTest, AreAugmentedCropsThatDiffer) {
  const int px = 24;
  const std::vector<float> images = probe_images(px);
  const std::size_t size = px * px * 3;
  ASSERT_EQ(images.size(), kProbeSamples * size);
  // What ImageNet's mean and deviation make of 0 and of 255.
  const auto [least, most] = std::ranges::minmax(images);
  EXPECT_GE(least, (0 - 0.485f) / 0.229f - 1e-4f);
  EXPECT_LE(most, (1 - 0.406f) / 0.225f + 1e-4f);
  for (std::size_t i = 1; i < kProbeSamples; ++i) {
    EXPECT_FALSE(
        std::equal(images.begin(), images.begin() + size, images.begin() + static_cast<std::ptrdiff_t>(i * size)));
  }
  // Augmentation leaves black where the picture doesn't reach: drawn bytes alone never hold so much of it.
  const auto black = std::ranges::count(images, (0 - 0.485f) / 0.229f);
  EXPECT_EQ(images, probe_images(px));
  EXPECT_GT(black, 0);
}

// Another digest here makes every recorded numerics class another one: runs could not be resumed.
TEST(ProbeImagesTest, AreTheSameOnEveryMachine) {
  const std::vector<float> images = probe_images(32);
  EXPECT_EQ(to_hex(digest128(std::as_bytes(std::span(images)))), "8dfa808cd74bb4598d09c4d5f4522359");
}

}  // namespace
}  // namespace unmask
