// Small videos for tests: a frame is known by its grey.
#pragma once

#include <filesystem>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>

#include "data/frames/image.h"

namespace unmask {

inline int grey_of_frame(int number) { return 20 + 15 * number; }

/// Motion JPEG in an AVI, 64 x 48.
inline void write_video(const std::filesystem::path& file, int frames) {
  cv::VideoWriter video(file.native(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 25, {64, 48});
  ASSERT_TRUE(video.isOpened()) << file;
  for (int i = 0; i < frames; ++i) video.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(grey_of_frame(i))));
}

/// The number of the frame that looks like this; -1 if none does.
inline int number_of(const RgbImage& image) {
  if (image.rgb.empty()) return -1;
  const int grey = image.rgb[image.rgb.size() / 2] - 20;
  return grey < -3 || (grey + 3) % 15 > 6 ? -1 : (grey + 3) / 15;
}

}  // namespace unmask
