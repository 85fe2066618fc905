#include "data/frames/video_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/data/frames/video_clips.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(VideoFileTest, TellsWhatTheContainerTells) {
  const test_support::TemporaryFolder folder;
  const auto clip = folder / "a.mp4";
  run_ffmpeg("-f lavfi -i sine " + source(25) + "-shortest -c:v libx264 -g 10 -bf 2 " + clip.native());
  const int fd = open(clip.c_str(), O_RDONLY);
  VideoFile video(fd, {});
  ASSERT_FALSE(video.fault()) << video.fault()->problem;
  EXPECT_EQ(video.promised_frames(), 25);
  EXPECT_EQ(video.coding(), VideoCoding::kH264);
  EXPECT_NEAR(video.duration_s(), 1, 0.01);
  EXPECT_NEAR(video.frames_per_s(), 25, 0.01);
  EXPECT_EQ(video.display_matrix(), nullptr);
  const PacketPlan plan = read_plan(video);
  EXPECT_EQ(plan.frames(), 25u);
  int starts = 0, disposable = 0;
  for (const VideoPacket& packet : plan.packets()) {
    starts += packet.is_start ? 1 : 0;
    disposable += packet.is_disposable ? 1 : 0;
  }
  EXPECT_EQ(starts, 3);
  EXPECT_GT(disposable, 5);
  close(fd);
}

TEST(VideoFileTest, AListThatNamesOtherFilesOpensNone) {
  const test_support::TemporaryFolder folder;
  run_ffmpeg(source(5) + "-c:v libx264 " + (folder / "part.ts").native());
  const std::string list =
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + (folder / "part.ts").native() + "\n#EXT-X-ENDLIST\n";
  write_bytes(folder / "list.m3u8", {list.begin(), list.end()});
  const int fd = open((folder / "list.m3u8").c_str(), O_RDONLY);
  ASSERT_TRUE(VideoFile(fd, {}).fault());
  EXPECT_EQ(VideoFile(fd, {}).fault()->problem, "names other files, which aren't opened (hls)");
  close(fd);
}

}  // namespace
}  // namespace unmask
