// A PNG as OpenCV reads it back.
#pragma once

#include <string>

#include <opencv2/imgcodecs.hpp>

namespace unmask::test_support {

inline cv::Mat drawn_picture(const std::string& png) {
  return cv::imdecode(cv::Mat(1, static_cast<int>(png.size()), CV_8U, const_cast<char*>(png.data())), cv::IMREAD_COLOR);
}

/// Pixels of that colour (BGR), edges that are blended left out.
inline int pixels_of(const cv::Mat& picture, const cv::Scalar& colour) {
  cv::Mat found;
  cv::inRange(picture, colour, colour, found);
  return cv::countNonZero(found);
}

}  // namespace unmask::test_support
