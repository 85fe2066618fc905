#include "data/synth/synth_blend.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/synth/synth_paint.h"

namespace unmask::synth {
namespace {

double either_sign(Draws& draws, double low, double high) {
  const double value = draws.uniform(low, high);
  return draws.chance(0.5) ? value : -value;
}

cv::Point2f point(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }

Outline swap_outline(Draws& draws) {
  const cv::Point2f centre = point(160 + draws.uniform(-4, 4), 164 + draws.uniform(-5, 5));
  const auto ellipse = [&](double rx_low, double rx_high, double ry_low, double ry_high, float power) {
    const auto rx = static_cast<float>(draws.uniform(rx_low, rx_high));
    return ellipse_outline(centre, rx, static_cast<float>(draws.uniform(ry_low, ry_high)), 0, power);
  };
  switch (draws.below(3)) {
    case 0: return ellipse(50, 62, 66, 80, 2);
    case 1: return ellipse(46, 58, 56, 70, 2.8f);
    default: break;
  }
  Outline polygon;
  for (int i = 0; i < 8; ++i) {
    const double angle = 2 * std::numbers::pi * i / 8, stretch = draws.uniform(0.88, 1.08);
    polygon.push_back(centre + point(56 * stretch * std::cos(angle), 72 * stretch * std::sin(angle)));
  }
  return polygon;
}

Outline part_outline(Draws& draws) {
  const float x = static_cast<float>(160 + draws.uniform(-4, 4)), dy = static_cast<float>(draws.uniform(-4, 4));
  switch (draws.below(4)) {
    case 0: return ellipse_outline({x, kMouthY + dy}, 36, 24);         // mouth
    case 1: return ellipse_outline({x, 200 + dy}, 52, 42, 0, 2.8f);    // lower face
    case 2: return ellipse_outline({x, kEyeY + dy}, 58, 24, 0, 2.8f);  // eye band
    default: return ellipse_outline({x, 168 + dy}, 40, 46);            // centre
  }
}

cv::Mat unsharp(const cv::Mat& picture, double amount) {
  cv::Mat blurred;
  cv::GaussianBlur(picture, blurred, {0, 0}, 1.6);
  return picture * (1 + amount) - blurred * amount;
}

cv::Mat lose_detail(const cv::Mat& picture, double shrink) {
  cv::Mat small, back;
  const int side = std::max(8, static_cast<int>(std::lround(picture.cols / shrink)));
  cv::resize(picture, small, {side, side}, 0, 0, cv::INTER_AREA);
  cv::resize(small, back, picture.size(), 0, 0, cv::INTER_LINEAR);
  return back;
}

/// Displaces by a smooth field: normal draws of `amplitude_px` on a grid of `cells` by `cells`.
cv::Mat warp_smoothly(const cv::Mat& picture, Draws& draws, int cells, double amplitude_px) {
  cv::Mat field(cells, cells, CV_32FC2), large;
  for (int y = 0; y < cells; ++y) {
    for (int x = 0; x < cells; ++x) {
      const double dx = draws.normal(), dy = draws.normal();
      field.at<cv::Point2f>(y, x) = point(dx * amplitude_px, dy * amplitude_px);
    }
  }
  cv::resize(field, large, picture.size(), 0, 0, cv::INTER_CUBIC);
  for (int y = 0; y < large.rows; ++y) {
    for (int x = 0; x < large.cols; ++x) large.at<cv::Point2f>(y, x) += point(x, y);
  }
  cv::Mat warped;
  cv::remap(picture, warped, large, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return warped;
}

cv::Mat altered_copy(const cv::Mat& plate, const Blend& blend, cv::Point2d shift) {
  cv::Mat copy;
  const cv::Mat move = (cv::Mat_<double>(2, 3) << blend.scale, 0, 160 * (1 - blend.scale) + shift.x, 0, blend.scale,
                        164 * (1 - blend.scale) + shift.y);
  cv::warpAffine(plate, copy, move, plate.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  copy = blend.family == BlendFamily::kSwap ? unsharp(copy, blend.sharpen) : lose_detail(copy, blend.shrink);
  const cv::Vec3f add(static_cast<float>(blend.add[0]), static_cast<float>(blend.add[1]),
                      static_cast<float>(blend.add[2]));
  const auto saturation = static_cast<float>(blend.saturation), gain = static_cast<float>(blend.gain);
  for (int y = 0; y < copy.rows; ++y) {
    auto* row = copy.ptr<cv::Vec3f>(y);
    for (int x = 0; x < copy.cols; ++x) {
      const float grey = 0.114f * row[x][0] + 0.587f * row[x][1] + 0.299f * row[x][2];
      row[x] = (cv::Vec3f(grey, grey, grey) + (row[x] - cv::Vec3f(grey, grey, grey)) * saturation) * gain + add;
    }
  }
  return copy;
}

}  // namespace

Blend draw_blend(Draws& draws, BlendFamily family) {
  Blend blend;
  blend.family = family;
  const bool swap = family == BlendFamily::kSwap;
  const Outline outline = swap ? swap_outline(draws) : part_outline(draws);
  const double edge_px = swap ? draws.uniform(0.9, 3) : draws.uniform(4, 9);
  const double ratios[3] = {0.8, 1, 1};
  blend.mask = warp_smoothly(coverage(outline, 0.6), draws, 5, draws.uniform(2, 5) / 2);
  cv::GaussianBlur(blend.mask, blend.mask, {0, 0}, edge_px);
  blend.mask *= ratios[draws.below(3)];
  if (swap) {
    blend.shift.x = either_sign(draws, 2, 6);
    blend.shift.y = either_sign(draws, 1, 5);
    blend.scale = 1 + either_sign(draws, 0.01, 0.05);
    blend.saturation = 1 + either_sign(draws, 0.1, 0.3);
    blend.gain = 1 + either_sign(draws, 0.02, 0.1);
    blend.sharpen = draws.uniform(0.8, 1.6);
  } else {
    blend.shift.x = draws.uniform(-3, 3);
    blend.shift.y = draws.uniform(-3, 3);
    blend.scale = 1 + draws.uniform(-0.02, 0.02);
    blend.shrink = draws.uniform(3.2, 6);
  }
  double direction[3], largest = 1e-6;
  for (double& part : direction) {
    part = draws.uniform(-1, 1);
    largest = std::max(largest, std::abs(part));
  }
  const double strength = swap ? draws.uniform(20, 40) : draws.uniform(5, 12);
  for (int c = 0; c < 3; ++c) blend.add[c] = direction[c] / largest * strength;
  return blend;
}

cv::Mat blend_face(const cv::Mat& plate, const Blend& blend, Draws& tremor) {
  const double dx = tremor.uniform(-0.6, 0.6), dy = tremor.uniform(-0.6, 0.6);
  cv::Mat fake = plate.clone();
  mix_in(fake, altered_copy(plate, blend, blend.shift + cv::Point2d(dx, dy)), blend.mask);
  return fake;
}

}  // namespace unmask::synth
