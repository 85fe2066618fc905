#include "data/frames/video_decoder.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/data/frames/video_clips.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// The bits of these frames, one after the other.
std::vector<std::vector<std::uint8_t>> decode(const std::filesystem::path& clip, std::vector<std::uint32_t> wanted) {
  const int fd = open(clip.c_str(), O_RDONLY);
  FrameLimits limits;
  limits.max_pixels = 100 * 100;
  VideoDecoder video(fd, limits, std::move(wanted));
  std::vector<std::uint8_t> place(100 * 100 * 3 + 4096);
  std::vector<std::vector<std::uint8_t>> frames;
  while (const auto frame = video.next(place)) {
    EXPECT_EQ(frame->status, FrameStatus::kOk) << frame->problem;
    frames.emplace_back(place.begin(), place.begin() + frame->width * frame->height * 3);
  }
  close(fd);
  return frames;
}

TEST(VideoDecoderTest, AFrameHasTheSameBitsWhateverElseIsWanted) {
  const test_support::TemporaryFolder folder;
  for (const std::string kind :
       {"-c:v libx264 -g 12 -bf 3 a.mp4", "-c:v libx264 -x264-params open-gop=1:keyint=8 b.mkv",
        "-c:v libx264 -g 9 -bf 2 c.ts", "-c:v mpeg4 -g 7 -bf 2 d.avi",
        "-c:v libx265 -x265-params log-level=none:keyint=8 e.mp4", "-c:v libvpx f.webm"}) {
    SCOPED_TRACE(kind);
    const auto clip = folder / kind.substr(kind.rfind(' ') + 1);
    run_ffmpeg(source(41) + kind.substr(0, kind.rfind(' ') + 1) + clip.native());
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < 41; ++i) all.push_back(i);
    const auto whole = decode(clip, all);
    ASSERT_EQ(whole.size(), 41u);
    for (const std::uint32_t stride : {2u, 5u, 13u, 40u}) {
      for (std::uint32_t first = 0; first < stride; ++first) {
        std::vector<std::uint32_t> some;
        for (std::uint32_t i = first; i < 41; i += stride) some.push_back(i);
        const auto seen = decode(clip, some);
        ASSERT_EQ(seen.size(), some.size());
        for (std::size_t i = 0; i < some.size(); ++i) EXPECT_TRUE(seen[i] == whole[some[i]]) << "frame " << some[i];
      }
    }
  }
}

}  // namespace
}  // namespace unmask
