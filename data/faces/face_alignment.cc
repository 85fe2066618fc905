#include "data/faces/face_alignment.h"

#include <opencv2/imgproc.hpp>

#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

constexpr double kTemplatePx = 112;
constexpr FivePoints kTemplate = {
    {{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}};

FacePoint mean_of(const FivePoints& points) {
  FacePoint mean;
  for (const FacePoint& point : points) mean.x += point.x / 5, mean.y += point.y / 5;
  return mean;
}

}  // namespace

Similarity alignment_of(const FivePoints& points, int crop_px, double scale) {
  FivePoints places;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto place = [&](double position) { return (position / kTemplatePx + (scale - 1) / 2) / scale * crop_px; };
    places[i] = {place(kTemplate[i].x), place(kTemplate[i].y)};
  }
  const FacePoint from = mean_of(points), to = mean_of(places);
  double along = 0, across = 0, spread = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double x = points[i].x - from.x, y = points[i].y - from.y;
    const double u = places[i].x - to.x, v = places[i].y - to.y;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  Similarity result{0, 0, to.x, to.y};
  if (spread > 0) {
    result.a = along / spread;
    result.b = across / spread;
    result.dx = to.x - result.a * from.x + result.b * from.y;
    result.dy = to.y - result.b * from.x - result.a * from.y;
  }
  return result;
}

std::vector<std::uint8_t> crop_aligned(const RgbImage& frame, const Similarity& alignment, int crop_px) {
  const auto& [a, b, dx, dy] = alignment;
  std::vector<std::uint8_t> crop(static_cast<std::size_t>(crop_px) * static_cast<std::size_t>(crop_px) * 3);
  cv::Mat target(crop_px, crop_px, CV_8UC3, crop.data());
  cv::warpAffine(as_mat(frame), target, cv::Matx23d(a, -b, dx, b, a, dy), target.size(), cv::INTER_LINEAR,
                 cv::BORDER_CONSTANT, cv::Scalar());
  return crop;
}

}  // namespace unmask
