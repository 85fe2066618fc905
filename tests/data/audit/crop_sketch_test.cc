#include "data/audit/crop_sketch.h"

#include <gtest/gtest.h>

#include "tests/data/audit/audit_pictures.h"

namespace unmask {
namespace {

using test::kPicturePx;
using test::picture;

void expect_alike(const CropSketch& a, std::uint64_t hash, double similarity) {
  EXPECT_LE(hash_distance(a.hash, hash), 7);
  EXPECT_GT(similarity, 0.98);
}

TEST(CropSketchTest, CopiesAreAlike) {
  for (std::uint32_t number = 0; number < 50; ++number) {
    const test::Rgb rgb = picture(number);
    const CropSketch sketch = sketch_crop(rgb, kPicturePx);
    for (const test::Rgb& copy : {test::re_encoded(rgb), test::resized(rgb)}) {
      const CropSketch other = sketch_crop(copy, kPicturePx);
      expect_alike(sketch, other.hash, correlation(sketch.grey, other.grey));
      const CropSketch mirror = sketch_crop(test::mirrored(copy), kPicturePx);
      expect_alike(sketch, mirror.mirrored, mirrored_correlation(sketch.grey, mirror.grey));
      EXPECT_GT(hash_distance(sketch.hash, mirror.hash), 7);
    }
  }
}

TEST(CropSketchTest, OthersAreNot) {
  std::vector<CropSketch> sketches;
  for (std::uint32_t number = 0; number < 50; ++number) sketches.push_back(sketch_crop(picture(number), kPicturePx));
  for (std::size_t i = 0; i < sketches.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_GT(hash_distance(sketches[i].hash, sketches[j].hash), 7);
      EXPECT_LT(correlation(sketches[i].grey, sketches[j].grey), 0.8);
    }
  }
}

TEST(CropSketchTest, AnEmptyPictureIsFlat) {
  EXPECT_FALSE(sketch_crop(picture(1), kPicturePx).is_flat);
  const CropSketch black = sketch_crop(std::vector<std::uint8_t>(kPicturePx * kPicturePx * 3), kPicturePx);
  EXPECT_TRUE(black.is_flat);
  EXPECT_EQ(correlation(black.grey, black.grey), 0);
}

TEST(CropSketchTest, CorrelationIsPearsons) {
  const std::vector<std::uint8_t> a = {10, 20, 30, 41}, b = {200, 150, 120, 33}, mirror = {150, 200, 33, 120};
  EXPECT_NEAR(correlation(a, b), -0.9824973, 1e-6);  // numpy.corrcoef([10, 20, 30, 41], [200, 150, 120, 33])
  EXPECT_NEAR(mirrored_correlation(a, mirror), correlation(a, b), 1e-12);
  EXPECT_NEAR(correlation(a, a), 1, 1e-12);
}

}  // namespace
}  // namespace unmask
