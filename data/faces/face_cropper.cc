#include "data/faces/face_cropper.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

/// Rounds down, for negative numbers too (a box may reach over the frame's border).
int half_down(int value) { return value >= 0 ? value / 2 : -((1 - value) / 2); }

}  // namespace

FaceBox square_box(const DetectedFace& face, int frame_width, int frame_height, double scale) {
  const int longer = std::max(face.right - face.left, face.bottom - face.top);
  int side = static_cast<int>(longer * scale);
  FaceBox box;
  box.x = std::max(half_down(face.left + face.right) - half_down(side), 0);
  box.y = std::max(half_down(face.top + face.bottom) - half_down(side), 0);
  side = std::min({side, frame_width - box.x, frame_height - box.y});
  if (side <= 0) return {};
  box.width = box.height = side;
  return box;
}

std::vector<std::uint8_t> crop_face(const RgbImage& frame, const FaceBox& box, int crop_px) {
  const cv::Mat face = as_mat(frame)(cv::Rect(box.x, box.y, box.width, box.height));
  std::vector<std::uint8_t> crop(static_cast<std::size_t>(crop_px) * static_cast<std::size_t>(crop_px) * 3);
  cv::Mat target(crop_px, crop_px, CV_8UC3, crop.data());
  cv::resize(face, target, target.size(), 0, 0, box.width > crop_px ? cv::INTER_AREA : cv::INTER_LINEAR);
  return crop;
}

}  // namespace unmask
