#include "data/video/video_writer.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>

#include "tests/data/frames/video_clips.h"
#include "tests/data/synth/drawn_plate.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

/// Of a drawn face that moves, cut to `size`.
std::vector<cv::Mat> pictures(cv::Size size, int count = 5) {
  cv::Mat plate;
  synth::drawn_plate(5).convertTo(plate, CV_8U);
  std::vector<cv::Mat> all;
  for (int i = 0; i < count; ++i) all.push_back(plate(cv::Rect({3 * i, 2 * i}, size)).clone());
  return all;
}

class VideoWriterTest : public testing::Test {
 protected:
  std::filesystem::path written(const std::vector<cv::Mat>& of, int crf) {
    write_bytes(folder_.path() / "a.mp4", video_file(of, crf));
    return folder_.path() / "a.mp4";
  }
  /// Mean difference a channel from what ffmpeg shows.
  double lost(const std::vector<cv::Mat>& of, int crf) { return lost_in(written(of, crf), of); }
  double lost_in(const std::filesystem::path& file, const std::vector<cv::Mat>& of) {
    const std::vector<std::uint8_t> shown = rgb_by_ffmpeg(file);
    const std::size_t bytes = of[0].total() * 3;
    EXPECT_EQ(shown.size(), bytes * of.size());
    if (shown.size() != bytes * of.size()) return 255;
    double sum = 0;
    for (std::size_t i = 0; i < of.size(); ++i) {
      const cv::Mat rgb(of[i].size(), CV_8UC3, const_cast<std::uint8_t*>(shown.data()) + bytes * i);
      for (int y = 0; y < rgb.rows; ++y) {
        for (int x = 0; x < rgb.cols; ++x) {
          for (int c = 0; c < 3; ++c) sum += std::abs(rgb.at<cv::Vec3b>(y, x)[2 - c] - of[i].at<cv::Vec3b>(y, x)[c]);
        }
      }
    }
    return sum / static_cast<double>(bytes * of.size());
  }

  test_support::TemporaryFolder folder_;
};

TEST_F(VideoWriterTest, IsWhatFfprobeCallsH264) {
  const std::string file = written(pictures({301, 243}), kVideoCrf).native(), said = file + ".txt";
  const std::string command =
      "ffprobe -v error -count_frames -select_streams v -show_entries "
      "stream=codec_name,width,height,pix_fmt,color_range,color_space,r_frame_rate,nb_read_frames:format=duration "
      "-of default=noprint_wrappers=1 " +
      file + " > " + said;
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::vector<std::uint8_t> bytes = bytes_of(said);
  const std::string text(bytes.begin(), bytes.end());
  for (const std::string line :
       {"codec_name=h264", "width=300", "height=242", "pix_fmt=yuv420p", "color_range=tv", "color_space=smpte170m",
        "r_frame_rate=25/1", "nb_read_frames=5", "duration=0.200000"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " is not in\n" << text;
  }
}

TEST_F(VideoWriterTest, ShowsThePicturesAndLosesMoreByALargerCrf) {
  const std::vector<cv::Mat> all = pictures({240, 180});
  double before = 0;
  std::size_t bytes = 1 << 30;
  for (const int crf : {1, 15, 23, 35}) {
    const double now = lost(all, crf);
    EXPECT_GT(now, before) << crf;
    const std::size_t size = video_file(all, crf).size();
    EXPECT_LT(size, bytes) << crf;
    before = now, bytes = size;
    if (crf == 1) {
      EXPECT_LT(now, 2);  // colours at half the resolution
    }
  }
  EXPECT_LT(before, 12);
}

TEST_F(VideoWriterTest, ColoursAreThoseOfThePictures) {
  for (const cv::Scalar& colour : {cv::Scalar(200, 40, 40), cv::Scalar(40, 200, 40), cv::Scalar(40, 40, 200),
                                   cv::Scalar(0, 0, 0), cv::Scalar(255, 255, 255)}) {
    EXPECT_LT(lost({cv::Mat(64, 64, CV_8UC3, colour)}, 1), 2) << colour;
  }
}

TEST_F(VideoWriterTest, QuickOnesShowThePicturesAtTheirTimes) {
  const std::vector<cv::Mat> all = pictures({240, 180});
  std::vector<std::uint8_t> file;
  const auto put = [&](std::size_t offset, std::span<const std::byte> bytes) {
    EXPECT_LE(offset, file.size());
    file.resize(std::max(file.size(), offset + bytes.size()));
    std::memcpy(file.data() + offset, bytes.data(), bytes.size());
  };
  VideoWriter video({240, 180, 90'000, 3000, 10, /*quick=*/true}, put);
  for (std::size_t i = 0; i < all.size(); ++i) video.add(all[i], static_cast<std::int64_t>(i * i) * 3000);
  video.finish();
  write_bytes(folder_.path() / "a.mp4", file);
  EXPECT_LT(lost_in(folder_.path() / "a.mp4", all), 4);
  const std::string said = (folder_.path() / "said").native();
  const std::string command = "ffprobe -v error -show_entries packet=pts_time:format=duration -of csv=p=0 " +
                              (folder_.path() / "a.mp4").native() + " | tr -d , | tr '\\n' ' ' > " + said;
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::vector<std::uint8_t> text = bytes_of(said);
  EXPECT_EQ(std::string(text.begin(), text.end()), "0.000000 0.033333 0.133333 0.300000 0.533333 0.567000 ");
}

TEST_F(VideoWriterTest, WhatPutThrowsComesOut) {
  struct Full {};
  const std::vector<cv::Mat> all = pictures({240, 180});
  std::size_t given = 0;
  const auto put = [&](std::size_t, std::span<const std::byte> bytes) {
    given += bytes.size();
    if (given > 100) throw Full();
  };
  EXPECT_THROW(
      {
        VideoWriter video({240, 180, kVideoRate, 1, 1}, put);
        for (std::size_t i = 0; i < all.size(); ++i) video.add(all[i], static_cast<std::int64_t>(i));
        video.finish();
      },
      Full);
}

TEST_F(VideoWriterTest, EqualPicturesGiveEqualBytes) {
  const std::vector<cv::Mat> all = pictures({200, 200});
  EXPECT_EQ(video_file(all, kVideoCrf), video_file(all, kVideoCrf));
}

}  // namespace
}  // namespace unmask
