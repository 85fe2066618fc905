#include "data/audit/crop_sketch.h"

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "base/philox.h"
#include "data/store/jpeg_codec.h"
#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

constexpr int kPx = 112;

/// Smooth blobs, other ones for each number.
std::vector<std::uint8_t> picture(std::uint32_t number) {
  Draws draws(1, DrawFor::kProbe, number);
  cv::Mat noise(8, 8, CV_8UC3), large;
  for (int i = 0; i < 8 * 8 * 3; ++i) noise.data[i] = static_cast<std::uint8_t>(draws.below(256));
  cv::resize(noise, large, {kPx, kPx}, 0, 0, cv::INTER_CUBIC);
  return {large.data, large.data + large.total() * 3};
}

cv::Mat as_image(std::vector<std::uint8_t>& rgb) { return {kPx, kPx, CV_8UC3, rgb.data()}; }

void expect_alike(const CropSketch& a, std::uint64_t hash, double similarity) {
  EXPECT_LE(hash_distance(a.hash, hash), 7);
  EXPECT_GT(similarity, 0.98);
}

TEST(CropSketchTest, CopiesAreAlike) {
  for (std::uint32_t number = 0; number < 50; ++number) {
    std::vector<std::uint8_t> rgb = picture(number), copy(rgb.size());
    const CropSketch sketch = sketch_crop(rgb, kPx);
    ASSERT_TRUE(decode_jpeg(encode_jpeg(rgb, kPx, 30, JpegColour::k420), kPx, copy));
    CropSketch other = sketch_crop(copy, kPx);
    expect_alike(sketch, other.hash, correlation(sketch.grey, other.grey));
    cv::Mat small, back;
    cv::resize(as_image(rgb), small, {kPx / 2, kPx / 2}, 0, 0, cv::INTER_AREA);
    cv::resize(small, back, {kPx, kPx}, 0, 0, cv::INTER_LINEAR);
    other = sketch_crop({back.data, rgb.size()}, kPx);
    expect_alike(sketch, other.hash, correlation(sketch.grey, other.grey));
    cv::flip(back, back, 1);
    other = sketch_crop({back.data, rgb.size()}, kPx);
    expect_alike(sketch, other.mirrored, mirrored_correlation(sketch.grey, other.grey));
    EXPECT_GT(hash_distance(sketch.hash, other.hash), 7);
  }
}

TEST(CropSketchTest, OthersAreNot) {
  std::vector<CropSketch> sketches;
  for (std::uint32_t number = 0; number < 50; ++number) sketches.push_back(sketch_crop(picture(number), kPx));
  for (std::size_t i = 0; i < sketches.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_GT(hash_distance(sketches[i].hash, sketches[j].hash), 7);
      EXPECT_LT(correlation(sketches[i].grey, sketches[j].grey), 0.8);
    }
  }
}

TEST(CropSketchTest, AnEmptyPictureIsFlat) {
  EXPECT_FALSE(sketch_crop(picture(1), kPx).is_flat);
  const CropSketch black = sketch_crop(std::vector<std::uint8_t>(kPx * kPx * 3), kPx);
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
