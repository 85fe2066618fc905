// Real photos at any width, for tests of face detection.
#pragma once

#include <cmath>
#include <string>

#include <opencv2/imgproc.hpp>

#include "data/frames/image_file.h"
#include "tests/data/real_faces.h"

namespace unmask {

/// A real photo, scaled to the given width.
inline RgbImage scaled_photo(const std::string& name, int width) {
  const ReadFrame frame = read_image(face_file(name), {});
  EXPECT_EQ(frame.status, FrameStatus::kOk) << name << ": " << frame.problem;
  const cv::Mat whole(frame.image.height, frame.image.width, CV_8UC3,
                      const_cast<std::uint8_t*>(frame.image.rgb.data()));
  const int height = static_cast<int>(std::lround(static_cast<double>(width) * whole.rows / whole.cols));
  cv::Mat scaled;
  cv::resize(whole, scaled, cv::Size(width, height), 0, 0, width < whole.cols ? cv::INTER_AREA : cv::INTER_LINEAR);
  return {width, height, std::vector<std::uint8_t>(scaled.data, scaled.data + scaled.total() * 3)};
}

}  // namespace unmask
