#include "data/faces/face_alignment.h"

#include <cstdio>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(FaceAlignment, IsTheLeastSquaresOfNumPy) {
  const std::string command =
      std::string(UNMASK_PYTHON) + " " UNMASK_SOURCE_DIR "/tests/data/faces/face_alignment_reference.py";
  const std::unique_ptr<FILE, int (*)(FILE*)> reference(popen(command.c_str(), "r"), &pclose);
  ASSERT_TRUE(reference);
  const auto read = [&](double& value) { return std::fscanf(reference.get(), "%lf", &value) == 1; };
  int cases = 0;
  for (FivePoints points; read(points[0].x); ++cases) {
    ASSERT_TRUE(read(points[0].y));
    for (std::size_t i = 1; i < points.size(); ++i) ASSERT_TRUE(read(points[i].x) && read(points[i].y));
    double crop_px = 0, scale = 0;
    Similarity expected;
    ASSERT_TRUE(read(crop_px) && read(scale) && read(expected.a) && read(expected.b) && read(expected.dx) &&
                read(expected.dy));
    const Similarity found = alignment_of(points, static_cast<int>(crop_px), scale);
    EXPECT_NEAR(found.a, expected.a, 1e-9);
    EXPECT_NEAR(found.b, expected.b, 1e-9);
    EXPECT_NEAR(found.dx, expected.dx, 1e-6);
    EXPECT_NEAR(found.dy, expected.dy, 1e-6);
  }
  EXPECT_EQ(cases, 60);
}

/// Each channel rises along the frame in a way of its own.
RgbImage slope(int width, int height) {
  RgbImage image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const int value : {1 + x, 1 + y, 1 + (x + y) / 2}) image.rgb.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return image;
}

std::uint8_t at(const std::vector<std::uint8_t>& crop, int px, int x, int y, int channel) {
  return crop[static_cast<std::size_t>((y * px + x) * 3 + channel)];
}

TEST(FaceAlignment, CopiesWhereItOnlyMovesAndIsBlackOutside) {
  const RgbImage frame = slope(100, 80);
  const std::vector<std::uint8_t> crop = crop_aligned(frame, {1, 0, 5, -7}, 64);
  ASSERT_EQ(crop.size(), 64u * 64 * 3);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      EXPECT_EQ(at(crop, 64, x, y, 0), x < 5 ? 0 : 1 + x - 5);
      EXPECT_EQ(at(crop, 64, x, y, 1), x < 5 ? 0 : 1 + y + 7);
    }
  }
}

TEST(FaceAlignment, TurnsAFaceThatLiesOnItsSideUpright) {
  // A quarter turn: what was right of (10, 20) is below (u, v) = (0, 0).
  const RgbImage frame = slope(100, 80);
  const std::vector<std::uint8_t> crop = crop_aligned(frame, {0, 1, 20, -10}, 16);  // u = 20 - y, v = x - 10
  for (int v = 0; v < 16; ++v) {
    for (int u = 0; u < 16; ++u) {
      EXPECT_EQ(at(crop, 16, u, v, 0), 1 + v + 10);
      EXPECT_EQ(at(crop, 16, u, v, 1), 1 + 20 - u);
    }
  }
}

TEST(FaceAlignment, FiveEqualPointsGiveOneColour) {
  FivePoints points;
  points.fill({3, 4});
  const Similarity alignment = alignment_of(points, 32, 1.3);
  EXPECT_EQ(alignment.a, 0);
  EXPECT_EQ(alignment.b, 0);
  const std::vector<std::uint8_t> crop = crop_aligned(slope(40, 40), alignment, 32);
  for (std::size_t i = 3; i < crop.size(); ++i) ASSERT_EQ(crop[i], crop[i % 3]);
}

}  // namespace
}  // namespace unmask
