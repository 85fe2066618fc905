#include "data/frames/opencv_image.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {

cv::Mat as_mat(const RgbImage& image) {
  return cv::Mat(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.rgb.data()));
}

RgbImage from_bgr(const cv::Mat& bgr) {
  RgbImage image{bgr.cols, bgr.rows, std::vector<std::uint8_t>(bgr.total() * 3)};
  cv::Mat rgb = as_mat(image);
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return image;
}

ReadFrame decode_with_opencv(const EncodedBytes& bytes, const FrameLimits& limits) {
  // OpenCV gives what its own readers don't know to GDCM where this stands, which takes as much memory as it is told.
  if (has_text(bytes, 128, "DICM")) return unread(FrameStatus::kNotAnImage, "marked as DICOM inside");
  cv::Mat bgr;
  try {
    bgr = cv::imdecode(bytes, cv::IMREAD_COLOR);
  } catch (const cv::Exception& error) {
    return unread(FrameStatus::kTruncated, "can't be decoded: " + error.err);
  }
  if (bgr.empty()) return unread(FrameStatus::kTruncated, "can't be decoded: damaged, or of a kind that isn't read");
  if (auto fault = size_fault(bgr.cols, bgr.rows, limits)) return *fault;
  ReadFrame frame;
  frame.image = from_bgr(bgr);
  return frame;
}

}  // namespace unmask
