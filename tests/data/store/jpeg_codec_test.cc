#include "data/store/jpeg_codec.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "tests/data/crops_builder.h"

namespace unmask {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(JpegCodec, KeepsASeamOfColourWhereItIs) {
  // Red beside blue within a block: with chroma at half the resolution the seam would be two pixels wide.
  constexpr int kPx = 16;
  Bytes rgb;
  for (int y = 0; y < kPx; ++y) {
    for (int x = 0; x < kPx; ++x)
      rgb.insert(rgb.end(), {std::uint8_t(x < 5 ? 220 : 20), 20, std::uint8_t(x < 5 ? 20 : 220)});
  }
  Bytes back(rgb.size());
  ASSERT_TRUE(decode_jpeg(encode_jpeg95(rgb, kPx), kPx, back));
  for (std::size_t i = 0; i < rgb.size(); ++i) ASSERT_NEAR(back[i], rgb[i], 25) << "column " << i / 3 % kPx;
}

TEST(JpegCodec, TheHeaderSaysQuality95WithoutSubsampling) {
  const Bytes jpeg = encode_jpeg95(test::smooth_crop(32, 1), 32);
  // The first quantisation table of quality 95 (ITU T.81, K.1, scaled by libjpeg's rule): 16, 11, 12, 14, 12, 10, 16,
  // 14 become these.
  std::size_t at = 2;
  const auto find = [&](std::uint8_t marker) {
    for (at = 2; at + 4 < jpeg.size() && jpeg[at + 1] != marker; at += 2u + jpeg[at + 2] * 256u + jpeg[at + 3]) {
    }
    ASSERT_EQ(jpeg[at + 1], marker);
  };
  find(0xDB);
  const auto table = jpeg.begin() + static_cast<std::ptrdiff_t>(at) + 5;
  EXPECT_EQ(Bytes(table, table + 8), (Bytes{2, 1, 1, 1, 1, 1, 2, 1}));
  find(0xC0);  // baseline; each component's sampling is 1 x 1
  for (const std::size_t component : {0u, 1u, 2u}) EXPECT_EQ(jpeg[at + 11 + 3 * component], 0x11);
}

TEST(JpegCodec, GivesTheSameBytesInEveryThread) {
  const Bytes rgb = test::smooth_crop(48, 3), wanted = encode_jpeg95(rgb, 48);
  Bytes other;
  std::jthread([&] { other = encode_jpeg95(rgb, 48); }).join();
  EXPECT_EQ(other, wanted);
  EXPECT_EQ(encode_jpeg95(rgb, 48), wanted);
}

TEST(JpegCodec, ACropIsWholeOrDamaged) {
  const Bytes jpeg = encode_jpeg95(test::smooth_crop(24, 2), 24);
  Bytes rgb(24 * 24 * 3);
  ASSERT_TRUE(decode_jpeg(jpeg, 24, rgb));
  for (std::size_t size = 0; size < jpeg.size(); ++size) {
    ASSERT_FALSE(decode_jpeg(std::span(jpeg).first(size), 24, rgb)) << size << " of " << jpeg.size();
    ASSERT_TRUE(decode_jpeg(jpeg, 24, rgb)) << "after one of " << size << " bytes";  // damage spoils no other crop
  }
  Bytes larger(25 * 25 * 3);
  EXPECT_FALSE(decode_jpeg(jpeg, 25, larger));  // another size than the store's
}

TEST(JpegCodec, WhatAStoreKeepsAndPicturesThatArentSquare) {
  std::vector<std::uint8_t> crop = test::smooth_crop(24, 1), kept = crop, decoded(crop.size());
  store_as_jpeg95(kept, 24);
  ASSERT_TRUE(decode_jpeg(encode_jpeg95(crop, 24), 24, decoded));
  EXPECT_EQ(kept, decoded);
  EXPECT_NE(kept, crop);
  // The same bytes as a picture of another shape: rows of 36 and 16 of them.
  const std::vector<std::uint8_t> jpeg = encode_jpeg(crop, 36, 16, 100, JpegColour::k444);
  EXPECT_FALSE(decode_jpeg(jpeg, 24, decoded));
  EXPECT_FALSE(decode_jpeg(jpeg, 16, 36, decoded));
  ASSERT_TRUE(decode_jpeg(jpeg, 36, 16, decoded));
  for (std::size_t i = 0; i < crop.size(); ++i) EXPECT_NEAR(decoded[i], crop[i], 12) << i;
}

}  // namespace
}  // namespace unmask
