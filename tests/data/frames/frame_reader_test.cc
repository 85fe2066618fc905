#include "data/frames/frame_reader.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

/// A real face, 64 x 48 pixels, so that every length of its file can be tried.
cv::Mat small_face() {
  cv::Mat face = cv::imread(face_file("hopper.jpg").native())(cv::Rect(150, 130, 240, 180)), small;
  cv::resize(face, small, cv::Size(64, 48), 0, 0, cv::INTER_AREA);
  return small;
}

Bytes encoded(const cv::Mat& image, const char* extension, const std::vector<int>& parameters = {}) {
  Bytes bytes;
  EXPECT_TRUE(cv::imencode(extension, image, bytes, parameters));
  return bytes;
}

std::map<std::string, Bytes> small_files() {
  const cv::Mat face = small_face();
  cv::Mat grey, with_alpha;
  cv::cvtColor(face, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(face, with_alpha, cv::COLOR_BGR2BGRA);
  return {{"baseline.jpg", encoded(face, ".jpg", {cv::IMWRITE_JPEG_QUALITY, 90})},
          {"progressive.jpg", encoded(face, ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})},
          {"restarts.jpg", encoded(face, ".jpg", {cv::IMWRITE_JPEG_RST_INTERVAL, 2})},
          {"grey.jpg", encoded(grey, ".jpg")},
          {"colour.png", encoded(face, ".png")},
          {"grey.png", encoded(grey, ".png")},
          {"alpha.png", encoded(with_alpha, ".png")},
          {"face.bmp", encoded(face, ".bmp")},
          {"lossy.webp", encoded(face, ".webp", {cv::IMWRITE_WEBP_QUALITY, 80})},
          {"lossless.webp", encoded(face, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101})}};
}

Bytes opencv_rgb(const Bytes& file) {
  cv::Mat rgb;
  cv::cvtColor(cv::imdecode(file, cv::IMREAD_COLOR), rgb, cv::COLOR_BGR2RGB);
  return Bytes(rgb.data, rgb.data + rgb.total() * 3);
}

TEST(FrameReader, GivesThePixelsThatOpenCvGives) {
  for (const auto& [name, bytes] : small_files()) {
    const ReadFrame frame = decode_frame(bytes, {});
    ASSERT_EQ(frame.status, FrameStatus::kOk) << name << ": " << frame.problem;
    EXPECT_EQ(frame.image.width, 64);
    EXPECT_EQ(frame.image.height, 48);
    EXPECT_EQ(frame.image.rgb, opencv_rgb(bytes)) << name;
  }
}

TEST(FrameReader, ReadsTheRealPhotos) {
  for (const char* name : {"astronaut.png", "biden.jpg", "hopper.jpg", "obama.jpg", "obama2.jpg", "obama3.jpg"}) {
    const ReadFrame frame = read_frame(face_file(name), {});
    ASSERT_EQ(frame.status, FrameStatus::kOk) << name << ": " << frame.problem;
    EXPECT_EQ(frame.image.rgb, opencv_rgb(read_bytes(face_file(name)))) << name;
  }
}

TEST(FrameReader, ReportsAFileCutOffAtAnyLength) {
  for (const auto& [name, whole] : small_files()) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const ReadFrame frame =
          decode_frame(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)), {});
      const bool reported =
          frame.status == FrameStatus::kTruncated || (length < 12 && frame.status == FrameStatus::kNotAnImage);
      ASSERT_TRUE(reported && frame.image.rgb.empty() && !frame.problem.empty())
          << name << " of " << whole.size() << " bytes, cut off at " << length << ": " << to_word(frame.status);
    }
  }
}

TEST(FrameReader, ReportsALargePhotoCutOffAtManyLengths) {
  const Bytes whole = read_bytes(face_file("hopper.jpg"));
  for (int cut = 1; cut <= 40; ++cut) {
    const auto length = static_cast<std::ptrdiff_t>(whole.size()) * cut / 41;
    EXPECT_EQ(decode_frame(Bytes(whole.begin(), whole.begin() + length), {}).status, FrameStatus::kTruncated) << length;
  }
}

TEST(FrameReader, ReportsEveryFlippedBitOfAPng) {
  const Bytes whole = small_files()["colour.png"];
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const ReadFrame frame = decode_frame(damaged, {});
    ASSERT_NE(frame.status, FrameStatus::kOk) << "bit " << bit;
  }
}

TEST(FrameReader, SurvivesFlippedBytesOfEveryFormat) {
  const FrameLimits limits{1'000'000, 1 << 20};
  for (const auto& [name, whole] : small_files()) {
    for (std::size_t at = 0; at < whole.size(); at += name.ends_with(".bmp") ? 7 : 1) {
      for (const std::uint8_t value :
           {std::uint8_t{0}, std::uint8_t{255}, static_cast<std::uint8_t>(whole[at] ^ 0x41)}) {
        Bytes damaged = whole;
        damaged[at] = value;
        const ReadFrame frame = decode_frame(damaged, limits);
        const auto pixels = static_cast<std::size_t>(frame.image.width) * static_cast<std::size_t>(frame.image.height);
        ASSERT_LE(pixels, 1'000'000u) << name;
        ASSERT_EQ(frame.image.rgb.size(), pixels * 3) << name << " byte " << at;
        ASSERT_EQ(frame.status == FrameStatus::kOk, frame.problem.empty() && pixels > 0) << name << " byte " << at;
      }
    }
  }
}

TEST(FrameReader, IgnoresWhatFollowsTheEndOfAJpeg) {
  Bytes bytes = small_files()["baseline.jpg"];
  const Bytes pixels = decode_frame(bytes, {}).image.rgb;
  bytes.insert(bytes.end(), 1000, 0x5A);
  EXPECT_EQ(decode_frame(bytes, {}).image.rgb, pixels);
}

TEST(FrameReader, TurnsAPhotoThatSaysSoInExif) {
  Bytes bytes = small_files()["baseline.jpg"];
  const Bytes exif = {
      0xFF, 0xE1, 0,    34,   'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
      0,    1,    0x01, 0x12, 0,   3,   0,   0,   0, 1, 0,   6,   0, 0,  0, 0, 0, 0};  // orientation 6: a quarter turn
  bytes.insert(bytes.begin() + 2, exif.begin(), exif.end());
  const ReadFrame frame = decode_frame(bytes, {});
  ASSERT_EQ(frame.status, FrameStatus::kOk) << frame.problem;
  EXPECT_EQ(frame.image.width, 48);
  EXPECT_EQ(frame.image.height, 64);
  EXPECT_EQ(frame.image.rgb, opencv_rgb(bytes));
}

/// Runs Python to write a file that OpenCV can't write.
void run_python(const std::string& code, const fs::path& file) {
  const std::string command = std::string(UNMASK_PYTHON) + " -c '" + code + "' '" + file.native() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

TEST(FrameReader, RefusesAHugePictureWithoutDecodingIt) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "huge.png";
  run_python(
      "import struct,sys,zlib\n"
      "chunk=lambda t,d: struct.pack(\">I\",len(d))+t+d+struct.pack(\">I\",zlib.crc32(t+d))\n"
      "open(sys.argv[1],\"wb\").write(b\"\\x89PNG\\r\\n\\x1a\\n\"+chunk(b\"IHDR\",struct.pack(\">IIBBBBB\",20000,20000,"
      "1,0,0,0,0))"
      "+chunk(b\"IDAT\",zlib.compress(bytes(2501*20000),9))+chunk(b\"IEND\",b\"\"))",
      file);
  ASSERT_LT(fs::file_size(file), 100'000u);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const ReadFrame frame = read_frame(file, {});
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(frame.status, FrameStatus::kTooLarge);
  EXPECT_EQ(frame.problem, "20000 x 20000 pixels; the limit is 16777216 (max_pixels)");
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 50'000) << "KiB";
}

TEST(FrameReader, HoldsEveryFormatToTheLimitOfPixels) {
  for (const auto& [name, bytes] : small_files()) {
    EXPECT_EQ(decode_frame(bytes, {64 * 48, 1 << 20}).status, FrameStatus::kOk) << name;
    EXPECT_EQ(decode_frame(bytes, {64 * 48 - 1, 1 << 20}).status, FrameStatus::kTooLarge) << name;
  }
}

TEST(FrameReader, SaysThatACmykJpegIsNotRead) {
  const TemporaryFolder folder;
  run_python("import sys\nfrom PIL import Image\nImage.new(\"CMYK\",(40,40)).save(sys.argv[1])",
             folder.path() / "cmyk.jpg");
  const ReadFrame frame = read_frame(folder.path() / "cmyk.jpg", {});
  EXPECT_EQ(frame.status, FrameStatus::kNotAnImage);
  EXPECT_NE(frame.problem.find("CMYK"), std::string::npos);
}

TEST(FrameReader, GivesAStatusForEverythingThatIsNotAnImageFile) {
  const TemporaryFolder folder;
  const fs::path root = folder.path();
  const auto status = [](const fs::path& file) {
    const ReadFrame frame = read_frame(file, {1'000'000, 1'000'000});
    EXPECT_NE(frame.problem, "") << file;
    return frame.status;
  };
  write_bytes(root / "empty.png", {});
  write_bytes(root / "text.jpg", {'h', 'e', 'l', 'l', 'o', '\n'});
  write_bytes(root / "large.jpg", Bytes(1'000'001, 0xFF));
  write_bytes(root / "zeros.png", Bytes(5000, 0));
  fs::create_directory(root / "folder.png");
  fs::create_symlink("loop.png", root / "loop.png");
  fs::create_symlink("nowhere", root / "dangling.png");
  ASSERT_EQ(mkfifo((root / "fifo.png").c_str(), 0600), 0);
  EXPECT_EQ(status(root / "empty.png"), FrameStatus::kTruncated);
  EXPECT_EQ(status(root / "text.jpg"), FrameStatus::kNotAnImage);
  EXPECT_EQ(status(root / "large.jpg"), FrameStatus::kTooLarge);
  EXPECT_EQ(status(root / "zeros.png"), FrameStatus::kNotAnImage);
  EXPECT_EQ(status(root / "folder.png"), FrameStatus::kNotAFile);
  EXPECT_EQ(status(root / "fifo.png"), FrameStatus::kNotAFile);
  EXPECT_EQ(status("/dev/zero"), FrameStatus::kNotAFile);
  EXPECT_EQ(status(root / "loop.png"), FrameStatus::kUnreadable);
  EXPECT_EQ(status(root / "dangling.png"), FrameStatus::kUnreadable);
  EXPECT_EQ(status(root / "missing.png"), FrameStatus::kUnreadable);
  EXPECT_EQ(status(root / "text.jpg" / "below a file"), FrameStatus::kUnreadable);
}

TEST(FrameReader, SaysThatAFileMayNotBeRead) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "secret.png";
  write_bytes(file, small_files()["colour.png"]);
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(file, fs::perms::none);
  // The superuser may read everything: be somebody else for a moment.
  const bool superuser = geteuid() == 0;
  if (superuser) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const ReadFrame frame = read_frame(file, {});
  if (superuser) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(frame.status, FrameStatus::kUnreadable);
  EXPECT_EQ(frame.problem, "Permission denied");
}

}  // namespace
}  // namespace unmask
