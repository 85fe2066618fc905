#include "data/faces/detection_image.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace unmask {

cv::Mat detection_image(const cv::Mat& image, int short_side_px) {
  const int short_side = std::min(image.cols, image.rows);
  if (short_side <= short_side_px) return image;
  const double scale = static_cast<double>(short_side_px) / short_side;
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  cv::Mat smaller;
  cv::resize(image, smaller, cv::Size(scaled(image.cols), scaled(image.rows)), 0, 0, cv::INTER_AREA);
  return smaller;
}

}  // namespace unmask
