#include "data/frames/npy_reader.h"

#include <gtest/gtest.h>

#include <numeric>

namespace unmask {
namespace {

EncodedBytes npy(const std::string& header, std::size_t pixels, int major = 1) {
  EncodedBytes bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<std::uint8_t>(major), 0};
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i)));
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (std::size_t i = 0; i < pixels; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}
constexpr char kHeader[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 3), }       \n";

TEST(NpyReaderTest, ReadsBytesOfAPicture) {
  for (const int major : {1, 2, 3}) {
    const ReadFrame frame = read_npy(npy(kHeader, 18, major), {});
    ASSERT_EQ(frame.status, FrameStatus::kOk) << frame.problem;
    EXPECT_EQ(frame.image.height, 2);
    EXPECT_EQ(frame.image.width, 3);
    std::vector<std::uint8_t> wanted(18);
    std::iota(wanted.begin(), wanted.end(), 0);
    EXPECT_EQ(frame.image.rgb, wanted);
  }
}

TEST(NpyReaderTest, OtherArraysAreNoPictures) {
  for (const char* header : {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 3), }",
                             "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 3), }",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 3, 1), }",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3, 3), }",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (-2, 3, 3), }",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (", "{}", "", "'shape':"}) {
    EXPECT_EQ(read_npy(npy(header, 18), {}).status, FrameStatus::kNotAnImage) << header;
  }
  EXPECT_EQ(read_npy(npy(kHeader, 18, 4), {}).status, FrameStatus::kNotAnImage);
}

TEST(NpyReaderTest, EveryOtherLengthIsDamage) {
  const EncodedBytes whole = npy(kHeader, 18);
  for (std::size_t size = kHeader[0] == '{' ? 6 : 0; size < whole.size(); ++size) {
    const ReadFrame frame =
        read_npy(EncodedBytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), {});
    EXPECT_EQ(frame.status, FrameStatus::kTruncated) << size;
  }
  EXPECT_EQ(read_npy(npy(kHeader, 19), {}).status, FrameStatus::kTruncated);
}

TEST(NpyReaderTest, SizesAreHeldToTheLimit) {
  const char* huge = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000, 3), }";
  EXPECT_EQ(read_npy(npy(huge, 3), {}).status, FrameStatus::kTooLarge);
}

}  // namespace
}  // namespace unmask
