#include "data/audit/crop_look.h"

#include <gtest/gtest.h>

#include "tests/data/audit/audit_pictures.h"

namespace unmask {
namespace {

constexpr int kPx = 32;

TEST(CropLookTest, ColoursOfAPlainPicture) {
  test::Rgb rgb;
  for (int i = 0; i < kPx * kPx; ++i) rgb.insert(rgb.end(), {200, 100, 50});
  const CropLook look = look_of_crop(rgb, kPx);
  EXPECT_EQ(look.red, 200);
  EXPECT_EQ(look.green, 100);
  EXPECT_EQ(look.blue, 50);
  EXPECT_EQ(look.brightness, 124);  // 0.299 × 200 + 0.587 × 100 + 0.114 × 50
  EXPECT_EQ(look.contrast, 0);
  EXPECT_EQ(look.sharpness, 0);
  EXPECT_EQ(look.border_sharpness, 0);
}

TEST(CropLookTest, StripesAreSharpWhereTheyAre) {
  // Columns of 0 and 90: 0 differs by 60 from the mean of 90, 0, 90; 90 differs by 60 from that of 0, 90, 0.
  const auto striped = [](int first, int last) {
    test::Rgb rgb;
    for (int y = 0; y < kPx; ++y) {
      for (int x = 0; x < kPx; ++x) {
        const bool inside = y >= first && y < last && x >= first && x < last;
        rgb.insert(rgb.end(), 3, static_cast<std::uint8_t>(inside && x % 2 == 1 ? 90 : 0));
      }
    }
    return look_of_crop(rgb, kPx);
  };
  const CropLook all = striped(0, kPx), middle = striped(8, kPx - 8);
  EXPECT_EQ(all.brightness, 45);
  EXPECT_EQ(all.contrast, 45);
  EXPECT_NEAR(all.sharpness, 60, 0.1);
  EXPECT_NEAR(all.border_sharpness, 60, 0.1);
  EXPECT_GT(middle.sharpness, 5);
  EXPECT_EQ(middle.border_sharpness, 0);
}

}  // namespace
}  // namespace unmask
