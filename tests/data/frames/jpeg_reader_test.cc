#include "data/frames/jpeg_reader.h"

#include "tests/data/frames/small_images.h"

namespace unmask {
namespace {

using Bytes = EncodedBytes;

TEST(JpegReader, ReportsALargePhotoCutOffAtManyLengths) {
  const Bytes whole = read_bytes(face_file("hopper.jpg"));
  for (int cut = 1; cut <= 40; ++cut) {
    const std::size_t length = whole.size() * static_cast<std::size_t>(cut) / 41;
    EXPECT_EQ(read_jpeg(first_bytes(whole, length), {}).status, FrameStatus::kTruncated) << length;
  }
}

TEST(JpegReader, IgnoresWhatFollowsTheEndOfAJpeg) {
  Bytes bytes = small_files()["baseline.jpg"];
  const Bytes pixels = read_jpeg(bytes, {}).image.rgb;
  bytes.insert(bytes.end(), 1000, 0x5A);
  EXPECT_EQ(read_jpeg(bytes, {}).image.rgb, pixels);
}

TEST(JpegReader, TurnsAPhotoThatSaysSoInExif) {
  Bytes bytes = small_files()["baseline.jpg"];
  const Bytes exif = {
      0xFF, 0xE1, 0,    34,   'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
      0,    1,    0x01, 0x12, 0,   3,   0,   0,   0, 1, 0,   6,   0, 0,  0, 0, 0, 0};  // orientation 6: a quarter turn
  bytes.insert(bytes.begin() + 2, exif.begin(), exif.end());
  const ReadFrame frame = read_jpeg(bytes, {});
  ASSERT_EQ(frame.status, FrameStatus::kOk) << frame.problem;
  EXPECT_EQ(frame.image.width, 48);
  EXPECT_EQ(frame.image.height, 64);
  EXPECT_EQ(frame.image.rgb, opencv_rgb(bytes));
}

TEST(JpegReader, SaysThatACmykJpegIsNotRead) {
  const TemporaryFolder folder;
  run_python("import sys\nfrom PIL import Image\nImage.new(\"CMYK\",(40,40)).save(sys.argv[1])",
             folder.path() / "cmyk.jpg");
  const ReadFrame frame = read_jpeg(read_bytes(folder.path() / "cmyk.jpg"), {});
  EXPECT_EQ(frame.status, FrameStatus::kNotAnImage);
  EXPECT_NE(frame.problem.find("CMYK"), std::string::npos);
}

}  // namespace
}  // namespace unmask
