// Small videos for tests, without a face.
#pragma once

#include <filesystem>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>

namespace unmask {

/// Motion JPEG in an AVI, 64 x 48.
inline void write_video(const std::filesystem::path& file, int frames) {
  cv::VideoWriter video(file.native(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 25, {64, 48});
  ASSERT_TRUE(video.isOpened()) << file;
  for (int i = 0; i < frames; ++i) video.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(20 + 15 * i)));
}

}  // namespace unmask
