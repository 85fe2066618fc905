#include "data/frames/media_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/data/frames/video_clips.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(MediaReaderTest, FirstBytesTellPicturesFromVideos) {
  const test_support::TemporaryFolder folder;
  for (const std::string name : {"a.png", "a.jpg", "a.bmp", "a.webp", "a.mp4"}) {
    run_ffmpeg(source(1) + (folder / name).native());
    const int fd = open((folder / name).c_str(), O_RDONLY);
    const VideoFacts facts = probe_media(fd, {});
    const std::string wanted = name == "a.mp4" ? "h264" : name == "a.jpg" ? "jpeg" : name.substr(2);
    EXPECT_EQ(facts.codec, wanted);
    EXPECT_EQ(facts.frames, 1) << name << facts.problem;
    EXPECT_EQ(facts.width, 96) << name;
    EXPECT_EQ(facts.file_bytes, static_cast<std::int64_t>(std::filesystem::file_size(folder / name)));
    MediaReader reader(fd, {}, {0});
    std::vector<std::uint8_t> place(static_cast<std::size_t>(FrameLimits{}.max_pixels) * 3 + 4096);
    EXPECT_EQ(reader.next(place)->height, 64) << name;
    EXPECT_FALSE(reader.next(place));
    close(fd);
  }
}

}  // namespace
}  // namespace unmask
