#include "data/faces/face_cropper.h"

#include <array>
#include <cstdio>
#include <memory>
#include <numeric>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(FaceCropper, SquareBoxesEqualThePublishedOnes) {
  const std::string command =
      std::string(UNMASK_PYTHON) + " " UNMASK_SOURCE_DIR "/tests/data/faces/face_cropper_reference.py";
  const std::unique_ptr<FILE, int (*)(FILE*)> reference(popen(command.c_str(), "r"), &pclose);
  ASSERT_TRUE(reference);
  int cases = 0, width = 0, height = 0;
  DetectedFace face;
  double scale = 0;
  FaceBox expected;
  while (std::fscanf(reference.get(), "%d %d %d %d %d %d %lf %d %d %d", &face.left, &face.top, &face.right,
                     &face.bottom, &width, &height, &scale, &expected.x, &expected.y, &expected.width) == 10) {
    expected.height = expected.width;
    const FaceBox box = square_box(face, width, height, scale);
    ASSERT_TRUE(box == expected) << "face " << face.left << " " << face.top << " " << face.right << " " << face.bottom
                                 << " in " << width << " x " << height << ": " << box.x << " " << box.y << " "
                                 << box.width << ", wanted " << expected.x << " " << expected.y << " "
                                 << expected.width;
    ASSERT_LE(box.x + box.width, width);
    ASSERT_LE(box.y + box.height, height);
    ++cases;
  }
  EXPECT_EQ(cases, 7 * 4 * 6 * 3 * 3 * 3);
}

RgbImage drawn(int width, int height, auto&& value) {
  RgbImage image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int channel = 0; channel < 3; ++channel)
        image.rgb.push_back(static_cast<std::uint8_t>(value(x, y, channel)));
    }
  }
  return image;
}

TEST(FaceCropper, CopiesABoxOfTheCropsSize) {
  const RgbImage frame = drawn(50, 40, [](int x, int y, int channel) { return x * 4 + y + channel * 20; });
  const std::vector<std::uint8_t> crop = crop_face(frame, {7, 3, 32, 32}, 32);
  ASSERT_EQ(crop.size(), 32u * 32 * 3);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        ASSERT_EQ(crop[static_cast<std::size_t>((y * 32 + x) * 3 + channel)], (x + 7) * 4 + y + 3 + channel * 20);
      }
    }
  }
}

TEST(FaceCropper, AveragesWhenShrinking) {
  // Stripes of one pixel: a filter that looks at two pixels in each direction would keep stripes.
  const RgbImage frame = drawn(120, 120, [](int x, int, int) { return x % 2 == 0 ? 0 : 200; });
  for (const std::uint8_t value : crop_face(frame, {0, 0, 120, 120}, 20)) ASSERT_EQ(value, 100);
}

TEST(FaceCropper, EnlargesSmoothly) {
  const RgbImage frame = drawn(16, 16, [](int x, int, int) { return x * 10; });
  const std::vector<std::uint8_t> crop = crop_face(frame, {0, 0, 16, 16}, 64);
  for (int x = 1; x < 64; ++x) {
    const int step = crop[static_cast<std::size_t>(x) * 3] - crop[static_cast<std::size_t>(x - 1) * 3];
    ASSERT_TRUE(step >= 0 && step <= 3) << "column " << x << " rises by " << step;
  }
}

}  // namespace
}  // namespace unmask
