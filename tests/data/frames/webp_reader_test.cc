#include "data/frames/webp_reader.h"

#include <algorithm>
#include <string_view>

#include "tests/data/frames/small_images.h"

namespace unmask {
namespace {

using Bytes = EncodedBytes;

TEST(WebpReader, LosslessPixelsAreTheOriginals) {
  const ReadFrame frame = read_webp(small_files()["lossless.webp"], {});
  ASSERT_EQ(frame.status, FrameStatus::kOk) << frame.problem;
  EXPECT_EQ(frame.image.rgb, opencv_rgb(small_files()["colour.png"]));
}

TEST(WebpReader, RefusesASizeOfTheHeaderBeforeDecoding) {
  Bytes lossless = small_files()["lossless.webp"], lossy = small_files()["lossy.webp"];
  for (std::size_t i = 21; i < 25; ++i) lossless[i] = 0xFF;  // 14 bits each of width - 1 and height - 1
  EXPECT_EQ(read_webp(lossless, {}).problem, "16384 x 16384 pixels; the limit is 16777216 (max_pixels)");
  for (std::size_t i = 26; i < 30; ++i) lossy[i] = 0xFF;  // 14 bits each of width and height
  EXPECT_EQ(read_webp(lossy, {}).problem, "16383 x 16383 pixels; the limit is 16777216 (max_pixels)");
}

TEST(WebpReader, SaysWhatIsMissingOrUnknown) {
  const Bytes whole = small_files()["lossy.webp"];
  EXPECT_EQ(read_webp(first_bytes(whole, whole.size() - 1), {}).problem, "the WebP is shorter than its header says");
  Bytes unknown = whole;
  unknown[15] = '9';  // "VP89"
  EXPECT_EQ(read_webp(unknown, {}).status, FrameStatus::kNotAnImage);
}

/// Found by picture_fuzz: libwebp doesn't know it, so OpenCV's reader of DICOM got it, and took 4 GB.
TEST(WebpReader, IsNoWayToTheReaderOfDicom) {
  Bytes file(152);
  const auto put = [&](std::size_t at, std::string_view text) { std::ranges::copy(text, file.begin() + at); };
  put(0, std::string_view("RIFF\x09\0\0\0WEBPVP8L\0\0\0\0\x8A", 21));
  put(128, std::string_view("DICM\0\x8A\xFF\xFF??\xFF\xFF\xFF\0\0/", 16));
  const ReadFrame frame = read_webp(file, {});
  EXPECT_EQ(frame.status, FrameStatus::kNotAnImage);
  EXPECT_EQ(frame.problem, "marked as DICOM inside");
}

}  // namespace
}  // namespace unmask
