#include "data/frames/video_reader.h"

#include <sys/stat.h>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "tests/data/frames/small_video.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

TEST(VideoReader, GivesEveryFrameInOrderAndThenNothing) {
  const TemporaryFolder folder;
  write_video(folder.path() / "clip.avi", 12);
  VideoReader video(folder.path() / "clip.avi", {});
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(video.position(), static_cast<std::uint32_t>(i));
    const auto frame = video.next();
    ASSERT_TRUE(frame) << i;
    ASSERT_EQ(frame->status, FrameStatus::kOk) << frame->problem;
    EXPECT_EQ(number_of(frame->image), i);
  }
  EXPECT_FALSE(video.next());
  EXPECT_FALSE(video.next());
  EXPECT_FALSE(video.skip());
  EXPECT_EQ(video.position(), 12u);
}

TEST(VideoReader, SkippedFramesAreCounted) {
  const TemporaryFolder folder;
  write_video(folder.path() / "clip.avi", 9);
  VideoReader video(folder.path() / "clip.avi", {});
  for (const int wanted : {0, 3, 6}) {
    while (video.position() < static_cast<std::uint32_t>(wanted)) ASSERT_TRUE(video.skip());
    EXPECT_EQ(number_of(video.next()->image), wanted);
  }
}

TEST(VideoReader, GivesOpenCvsPixelsOfARealClip) {
  VideoReader video(face_file("carphone.mp4"), {});
  cv::VideoCapture capture(face_file("carphone.mp4").native());
  cv::Mat bgr, rgb;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(capture.read(bgr));
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    const auto frame = video.next();
    ASSERT_TRUE(frame && frame->status == FrameStatus::kOk) << i;
    EXPECT_EQ(frame->image.rgb, std::vector<std::uint8_t>(rgb.data, rgb.data + rgb.total() * 3)) << i;
  }
}

TEST(VideoReader, SaysWhereAVideoThatIsCutOffEnds) {
  const TemporaryFolder folder;
  write_video(folder.path() / "clip.avi", 12);
  fs::resize_file(folder.path() / "clip.avi", fs::file_size(folder.path() / "clip.avi") * 9 / 10);
  VideoReader video(folder.path() / "clip.avi", {});
  int good = 0;
  std::optional<ReadFrame> frame = video.next();
  for (; frame && frame->status == FrameStatus::kOk; frame = video.next()) EXPECT_EQ(number_of(frame->image), good++);
  EXPECT_GT(good, 2);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->status, FrameStatus::kTruncated);
  EXPECT_EQ(frame->problem,
            "ends before frame " + std::to_string(good) + ", its header tells of 12: damaged or cut off");
  EXPECT_FALSE(video.next());
}

TEST(VideoReader, WhatIsNoVideoIsOneFrameWithTheReason) {
  const TemporaryFolder folder;
  const fs::path root = folder.path();
  write_bytes(root / "text.mp4", {'t', 'e', 'x', 't'});
  write_bytes(root / "empty.mp4", {});
  fs::create_directory(root / "folder.mp4");
  ASSERT_EQ(mkfifo((root / "fifo.mp4").c_str(), 0600), 0);
  write_video(root / "large.avi", 2);
  const auto status = [&](const char* name, const FrameLimits& limits = {}) {
    VideoReader video(root / name, limits);
    const auto frame = video.next();
    EXPECT_TRUE(frame && !frame->problem.empty() && frame->image.rgb.empty()) << name;
    EXPECT_FALSE(video.next()) << name;
    EXPECT_FALSE(video.skip()) << name;
    return frame->status;
  };
  EXPECT_EQ(status("text.mp4"), FrameStatus::kNotAnImage);
  EXPECT_EQ(status("empty.mp4"), FrameStatus::kNotAnImage);
  EXPECT_EQ(status("folder.mp4"), FrameStatus::kNotAFile);
  EXPECT_EQ(status("fifo.mp4"), FrameStatus::kNotAFile);
  EXPECT_EQ(status("missing.mp4"), FrameStatus::kUnreadable);
  EXPECT_EQ(status("large.avi", {.max_pixels = 64 * 48 - 1}), FrameStatus::kTooLarge);
}

}  // namespace
}  // namespace unmask
