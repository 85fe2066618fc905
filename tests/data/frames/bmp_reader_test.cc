#include "data/frames/bmp_reader.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Bytes = EncodedBytes;

/// 2 x 2 pixels of 24 bits as Windows defines it: rows from below, blue first, each row padded to four bytes.
Bytes tiny_bmp() {
  return {'B', 'M', 70, 0,  0,  0,  0, 0, 0, 0, 54, 0, 0, 0,         // file: 70 bytes, pixels at 54
          40,  0,   0,  0,  2,  0,  0, 0, 2, 0, 0,  0, 1, 0, 24, 0,  // 2 x 2, one plane, 24 bits
          0,   0,   0,  0,  0,  0,  0, 0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0,  // no compression
          3,   2,   1,  6,  5,  4,  0, 0,                                                    // the lower row
          9,   8,   7,  12, 11, 10, 0, 0};                                                   // the upper row
}

TEST(BmpReader, ReadsRowsFromBelow) {
  const ReadFrame frame = read_bmp(tiny_bmp(), {});
  ASSERT_EQ(frame.status, FrameStatus::kOk) << frame.problem;
  EXPECT_EQ(frame.image.width, 2);
  EXPECT_EQ(frame.image.rgb, (Bytes{7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6}));
}

TEST(BmpReader, ReadsRowsFromAboveWhereTheHeightIsNegative) {
  Bytes bytes = tiny_bmp();
  const Bytes minus_two = {0xFE, 0xFF, 0xFF, 0xFF};
  std::copy(minus_two.begin(), minus_two.end(), bytes.begin() + 22);
  EXPECT_EQ(read_bmp(bytes, {}).image.rgb, (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(BmpReader, SaysWhatIsMissingOrRare) {
  Bytes cut = tiny_bmp(), compressed = tiny_bmp(), few_bits = tiny_bmp();
  cut.pop_back();
  EXPECT_EQ(read_bmp(cut, {}).problem, "the BMP ends before its last row");
  compressed[30] = 1;
  EXPECT_EQ(read_bmp(compressed, {}).status, FrameStatus::kNotAnImage);
  few_bits[28] = 4;
  EXPECT_EQ(read_bmp(few_bits, {}).status, FrameStatus::kNotAnImage);
}

}  // namespace
}  // namespace unmask
