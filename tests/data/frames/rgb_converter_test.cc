#include "data/frames/rgb_converter.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// 3 x 2 pixels of RGB; the red of pixel i is i.
LibavHandle<AVFrame> small_frame() {
  LibavHandle<AVFrame> frame = owned(av_frame_alloc());
  frame->width = 3;
  frame->height = 2;
  frame->format = AV_PIX_FMT_RGB24;
  av_frame_get_buffer(frame.get(), 0);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      std::uint8_t* const pixel = frame->data[0] + y * frame->linesize[0] + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(3 * y + x);
      pixel[1] = pixel[2] = 100;
    }
  }
  return frame;
}

std::vector<int> reds(const std::vector<std::int32_t>& corner) {
  const std::int32_t one = 1 << 16;
  const std::vector<std::int32_t> matrix{corner[0] * one, corner[1] * one, 0, corner[2] * one, corner[3] * one, 0, 0, 0,
                                         1 << 30};
  RgbConverter converter(matrix.data());
  std::vector<std::uint8_t> place(3 * 2 * 3 + 4096);
  EXPECT_TRUE(converter.convert(*small_frame(), place));
  std::vector<int> seen;
  for (int i = 0; i < 6; ++i) seen.push_back(place[static_cast<std::size_t>(3 * i)]);
  return seen;
}

TEST(RgbConverterTest, ADisplayMatrixTurnsAndMirrors) {
  EXPECT_EQ(reds({1, 0, 0, 1}), (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(reds({-1, 0, 0, -1}), (std::vector<int>{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(reds({-1, 0, 0, 1}), (std::vector<int>{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(reds({0, 1, -1, 0}), (std::vector<int>{3, 0, 4, 1, 5, 2})) << "clockwise";
  EXPECT_EQ(reds({0, -1, 1, 0}), (std::vector<int>{2, 5, 1, 4, 0, 3}));
  EXPECT_EQ(reds({1, 1, -1, 1}), (std::vector<int>{0, 1, 2, 3, 4, 5})) << "no right angle: as it is";
  const std::vector<std::int32_t> turned{0, 1, 0, -1, 0, 0, 0, 0, 1};
  EXPECT_EQ(RgbConverter(turned.data()).shown_size(3, 2).width, 2);
}

TEST(RgbConverterTest, GreyIsTheDefinitionOfItsRange) {
  for (const bool is_full : {true, false}) {
    LibavHandle<AVFrame> frame = owned(av_frame_alloc());
    frame->width = frame->height = 16;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->color_range = is_full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    av_frame_get_buffer(frame.get(), 0);
    RgbConverter converter(nullptr);
    std::vector<std::uint8_t> place(16 * 16 * 3 + 4096);
    for (int luma = 16; luma <= 235; ++luma) {
      for (int plane = 0; plane < 3; ++plane) {
        const int rows = plane == 0 ? 16 : 8;
        std::fill_n(frame->data[plane], frame->linesize[plane] * rows, plane == 0 ? luma : 128);
      }
      ASSERT_TRUE(converter.convert(*frame, place));
      const double wanted = is_full ? luma : (luma - 16) * 255.0 / 219;
      for (int channel = 0; channel < 3; ++channel) EXPECT_NEAR(place[static_cast<std::size_t>(channel)], wanted, 0.51);
    }
  }
}

}  // namespace
}  // namespace unmask
