#include "data/audit/crop_match.h"

#include <gtest/gtest.h>

#include "tests/data/audit/audit_pictures.h"

namespace unmask {
namespace {

using test::kPicturePx;
using test::picture;

CropMatch match(const test::Rgb& a, const test::Rgb& b, bool mirrored = false) {
  return match_crops({a, kPicturePx}, {b, kPicturePx}, mirrored);
}

TEST(CropMatchTest, CopiesMatch) {
  for (std::uint32_t number = 0; number < 20; ++number) {
    const test::Rgb rgb = picture(number);
    EXPECT_NEAR(match(rgb, rgb).similarity, 1, 1e-6);
    EXPECT_EQ(match(rgb, rgb).worst_block, 0);
    EXPECT_TRUE(match(rgb, test::re_encoded(rgb)).is_unchanged_copy());
    EXPECT_TRUE(match(rgb, test::resized(rgb)).is_copy());
    EXPECT_TRUE(match(rgb, test::mirrored(rgb), true).is_unchanged_copy());
    EXPECT_TRUE(match(rgb, test::mirrored(test::re_encoded(rgb)), true).is_copy());
    EXPECT_FALSE(match(rgb, test::mirrored(rgb)).is_copy());
    EXPECT_FALSE(match(rgb, picture(number + 100)).is_copy());
    EXPECT_TRUE(match(rgb, test::swapped(rgb, number + 100)).is_copy());
    EXPECT_FALSE(match(rgb, test::swapped(rgb, number + 100)).is_unchanged_copy());
  }
}

TEST(CropMatchTest, ABoxMayHaveMovedALittle) {
  for (std::uint32_t number = 0; number < 20; ++number) {
    test::Rgb plate = picture(number, 2 * kPicturePx), other = picture(number + 100, 2 * kPicturePx);
    const auto cut = [](test::Rgb& from, int x, int y) {
      return test::as_rgb(test::as_image(from, 2 * kPicturePx)(cv::Rect(x, y, kPicturePx, kPicturePx)).clone());
    };
    EXPECT_TRUE(match(cut(plate, 40, 40), cut(plate, 44, 38)).is_copy());
    EXPECT_FALSE(match(cut(plate, 40, 40), cut(plate, 80, 40)).is_copy());
    EXPECT_FALSE(match(cut(plate, 40, 40), cut(other, 44, 38)).is_copy());
  }
}

TEST(CropMatchTest, SizesMayDiffer) {
  test::Rgb rgb = picture(1);
  cv::Mat small;
  cv::resize(test::as_image(rgb), small, {kPicturePx / 2, kPicturePx / 2}, 0, 0, cv::INTER_AREA);
  const test::Rgb half = test::as_rgb(small);
  EXPECT_TRUE(match_crops({rgb, kPicturePx}, {half, kPicturePx / 2}, false).is_unchanged_copy());
}

TEST(CropMatchTest, NothingIsLikeNothing) {
  const test::Rgb black(kPicturePx * kPicturePx * 3);
  EXPECT_EQ(match(black, black).similarity, 0);
  EXPECT_FALSE(match(black, black).is_copy());
}

}  // namespace
}  // namespace unmask
