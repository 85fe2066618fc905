#include "data/augment/augment_table.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(AugmentTable, HoldsEachDrawsNumbersInTheirPlaces) {
  AugmentDraw shifted;
  shifted.to_input = {1, 0, -5, 0, 1, 2, 0, 0, 1};  // from 5 to the left and 2 below
  shifted.brightness = 1.5f;
  shifted.contrast = 0.5f;
  shifted.saturation = 0.25f;
  shifted.erase = {1, 2, 3, 4};
  const std::vector<AugmentDraw> draws = {AugmentDraw{}, shifted};
  AugmentTable table;
  make_augment_table(draws, 8, table);
  EXPECT_EQ(table.crops, 2);
  ASSERT_EQ(table.rows.size(), 2u * 8 * AugmentTable::kRowValues);
  ASSERT_EQ(table.values.size(), 2u * AugmentTable::kCropValues);
  const auto row = [&](std::size_t crop, std::size_t y) {
    const auto at = table.rows.begin() + static_cast<std::ptrdiff_t>((crop * 8 + y) * AugmentTable::kRowValues);
    return std::vector<float>(at, at + AugmentTable::kRowValues);
  };
  // x0, y0, w0, begin, end: positions count from the border of one pixel.
  EXPECT_EQ(row(0, 0), (std::vector<float>{1, 1, 1, 0, 8}));
  EXPECT_EQ(row(0, 7), (std::vector<float>{1, 8, 1, 0, 8}));
  EXPECT_EQ(row(1, 3), (std::vector<float>{-4, 6, 1, 4, 8}));
  EXPECT_EQ(std::vector<float>(table.values.begin() + AugmentTable::kCropValues, table.values.end()),
            (std::vector<float>{1, 0, 0, 1.5f, 0.5f, 0.25f, 1, 2, 3, 4}));
}

TEST(AugmentTable, IsFilledAnewEachTime) {
  AugmentTable table;
  make_augment_table(std::vector<AugmentDraw>(3), 8, table);
  make_augment_table({}, 8, table);
  EXPECT_EQ(table.crops, 0);
  EXPECT_TRUE(table.rows.empty());
  EXPECT_TRUE(table.values.empty());
}

}  // namespace
}  // namespace unmask
