#include "data/frames/image_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/data/frames/small_images.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Bytes = EncodedBytes;

TEST(ImageFile, GivesThePixelsThatOpenCvGives) {
  for (const auto& [name, bytes] : small_files()) {
    const ReadFrame frame = decode_image(bytes, {});
    ASSERT_EQ(frame.status, FrameStatus::kOk) << name << ": " << frame.problem;
    EXPECT_EQ(frame.image.width, 64);
    EXPECT_EQ(frame.image.height, 48);
    EXPECT_EQ(frame.image.rgb, opencv_rgb(bytes)) << name;
  }
}

TEST(ImageFile, ReadsTheRealPhotos) {
  for (const char* name : {"astronaut.png", "biden.jpg", "hopper.jpg", "obama.jpg", "obama2.jpg", "obama3.jpg"}) {
    const ReadFrame frame = read_image(face_file(name), {});
    ASSERT_EQ(frame.status, FrameStatus::kOk) << name << ": " << frame.problem;
    EXPECT_EQ(frame.image.rgb, opencv_rgb(read_bytes(face_file(name)))) << name;
  }
}

TEST(ImageFile, ReportsAFileCutOffAtAnyLength) {
  for (const auto& [name, whole] : small_files()) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const ReadFrame frame = decode_image(first_bytes(whole, length), {});
      const bool reported =
          frame.status == FrameStatus::kTruncated || (length < 12 && frame.status == FrameStatus::kNotAnImage);
      ASSERT_TRUE(reported && frame.image.rgb.empty() && !frame.problem.empty())
          << name << " of " << whole.size() << " bytes, cut off at " << length << ": " << to_word(frame.status);
    }
  }
}

TEST(ImageFile, SurvivesFlippedBytesOfEveryFormat) {
  const FrameLimits limits{1'000'000, 1 << 20};
  for (const auto& [name, whole] : small_files()) {
    for (std::size_t at = 0; at < whole.size(); at += name.ends_with(".bmp") ? 7 : 1) {
      for (const std::uint8_t value :
           {std::uint8_t{0}, std::uint8_t{255}, static_cast<std::uint8_t>(whole[at] ^ 0x41)}) {
        Bytes damaged = whole;
        damaged[at] = value;
        const ReadFrame frame = decode_image(damaged, limits);
        const auto pixels = static_cast<std::size_t>(frame.image.width) * static_cast<std::size_t>(frame.image.height);
        ASSERT_LE(pixels, 1'000'000u) << name;
        ASSERT_EQ(frame.image.rgb.size(), pixels * 3) << name << " byte " << at;
        ASSERT_EQ(frame.status == FrameStatus::kOk, frame.problem.empty() && pixels > 0) << name << " byte " << at;
      }
    }
  }
}

TEST(ImageFile, HoldsEveryFormatToTheLimitOfPixels) {
  for (const auto& [name, bytes] : small_files()) {
    EXPECT_EQ(decode_image(bytes, {64 * 48, 1 << 20}).status, FrameStatus::kOk) << name;
    EXPECT_EQ(decode_image(bytes, {64 * 48 - 1, 1 << 20}).status, FrameStatus::kTooLarge) << name;
  }
}

TEST(ImageFile, GivesAStatusForEverythingThatIsNotAnImageFile) {
  const TemporaryFolder folder;
  const fs::path root = folder.path();
  const auto status = [](const fs::path& file) {
    const ReadFrame frame = read_image(file, {1'000'000, 1'000'000});
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

TEST(ImageFile, SaysThatAFileMayNotBeRead) {
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
  const ReadFrame frame = read_image(file, {});
  if (superuser) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(frame.status, FrameStatus::kUnreadable);
  EXPECT_EQ(frame.problem, "Permission denied");
}

}  // namespace
}  // namespace unmask
