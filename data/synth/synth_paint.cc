#include "data/synth/synth_paint.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

namespace unmask::synth {
namespace {

constexpr int kSubPixelBits = 4;
constexpr int kOutlinePoints = 64;

/// The part of the plate that the outline and its blurred edge can touch.
cv::Rect touched(const Outline& outline, double sigma) {
  const auto [left, right] =
      std::minmax_element(outline.begin(), outline.end(), [](auto a, auto b) { return a.x < b.x; });
  const auto [top, bottom] =
      std::minmax_element(outline.begin(), outline.end(), [](auto a, auto b) { return a.y < b.y; });
  const int margin = static_cast<int>(std::ceil(4 * sigma)) + 2;
  const cv::Point low(static_cast<int>(left->x) - margin, static_cast<int>(top->y) - margin);
  const cv::Point high(static_cast<int>(right->x) + margin + 1, static_cast<int>(bottom->y) + margin + 1);
  return cv::Rect(low, high) & cv::Rect(0, 0, kPlatePx, kPlatePx);
}

cv::Mat coverage_in(const cv::Rect& area, const Outline& outline, double sigma) {
  std::vector<cv::Point> points;
  for (const cv::Point2f& p : outline) {
    const cv::Point2f scaled = (p - cv::Point2f{area.tl()}) * static_cast<float>(1 << kSubPixelBits);
    points.emplace_back(cvRound(scaled.x), cvRound(scaled.y));
  }
  cv::Mat mask(area.size(), CV_8U, cv::Scalar(0));
  cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{points}, cv::Scalar(255), cv::LINE_AA, kSubPixelBits);
  cv::Mat cover;
  mask.convertTo(cover, CV_32F, 1.0 / 255);
  if (sigma > 0) cv::GaussianBlur(cover, cover, {}, sigma);
  return cover;
}

}  // namespace

Outline ellipse_outline(cv::Point2f centre, float rx, float ry, float degrees, float power) {
  const double turn = degrees * std::numbers::pi / 180;
  Outline outline;
  for (int i = 0; i < kOutlinePoints; ++i) {
    const double t = 2 * std::numbers::pi * i / kOutlinePoints;
    const double x = rx * std::copysign(std::pow(std::abs(std::cos(t)), 2 / power), std::cos(t));
    const double y = ry * std::copysign(std::pow(std::abs(std::sin(t)), 2 / power), std::sin(t));
    outline.emplace_back(static_cast<float>(centre.x + x * std::cos(turn) - y * std::sin(turn)),
                         static_cast<float>(centre.y + x * std::sin(turn) + y * std::cos(turn)));
  }
  return outline;
}

Outline band_outline(const Outline& line, float thickness, float end_share) {
  Outline outline(line.size() * 2);
  const auto last = static_cast<float>(line.size() - 1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const float t = 2 * static_cast<float>(i) / last - 1;
    const float half = thickness / 2 * (1 - (1 - end_share) * t * t);
    const cv::Point2f along = line[std::min(i + 1, line.size() - 1)] - line[i == 0 ? 0 : i - 1];
    const float length = std::max(1e-3f, std::hypot(along.x, along.y));
    const cv::Point2f across(-along.y / length * half, along.x / length * half);
    outline[i] = line[i] - across;
    outline[outline.size() - 1 - i] = line[i] + across;
  }
  return outline;
}

void paint(cv::Mat& plate, const Outline& outline, const cv::Scalar& colour, double sigma, double opacity,
           const cv::Mat& texture) {
  const cv::Rect area = touched(outline, sigma);
  if (area.empty()) return;
  const cv::Mat cover = coverage_in(area, outline, sigma);
  const cv::Vec3f ink(static_cast<float>(colour[0]), static_cast<float>(colour[1]), static_cast<float>(colour[2]));
  for (int y = 0; y < area.height; ++y) {
    auto* row = plate.ptr<cv::Vec3f>(area.y + y) + area.x;
    const float* share = cover.ptr<float>(y);
    const float* grain = texture.empty() ? nullptr : texture.ptr<float>(area.y + y) + area.x;
    for (int x = 0; x < area.width; ++x) {
      const float a = share[x] * static_cast<float>(opacity);
      row[x] += ((grain ? ink * grain[x] : ink) - row[x]) * a;
    }
  }
}

cv::Mat coverage(const Outline& outline, double sigma) {
  return coverage_in(cv::Rect(0, 0, kPlatePx, kPlatePx), outline, sigma);
}

void mix_in(cv::Mat& plate, const cv::Mat& picture, const cv::Mat& cover) {
  for (int y = 0; y < plate.rows; ++y) {
    auto* row = plate.ptr<cv::Vec3f>(y);
    const auto* other = picture.ptr<cv::Vec3f>(y);
    const float* share = cover.ptr<float>(y);
    for (int x = 0; x < plate.cols; ++x) row[x] += (other[x] - row[x]) * share[x];
  }
}

cv::Mat smooth_noise(Draws& draws, int cells_x, int cells_y, double amplitude) {
  cv::Mat cells(cells_y, cells_x, CV_32F);
  for (int y = 0; y < cells_y; ++y) {
    for (int x = 0; x < cells_x; ++x) cells.at<float>(y, x) = static_cast<float>(amplitude * draws.normal());
  }
  cv::Mat noise;
  cv::resize(cells, noise, {kPlatePx, kPlatePx}, 0, 0, cv::INTER_CUBIC);
  return noise;
}

}  // namespace unmask::synth
