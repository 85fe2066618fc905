// Painting on a plate: the float image (BGR, 0 to 255) on which the demonstration dataset's faces stand.
#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include "base/philox.h"

namespace unmask::synth {

/// A plate is square, with the face upright in one fixed place: eyes at (160 ± 31, 140), mouth line at y = 205.
constexpr int kPlatePx = 320;
constexpr float kEyeMidX = 160, kEyeY = 140, kHalfEyeDistance = 31, kMouthY = 205;

inline float draw_between(Draws& draws, double low, double high) {
  return static_cast<float>(draws.uniform(low, high));
}
inline cv::Scalar mixed_colour(const cv::Scalar& a, const cv::Scalar& b, double t) { return a * (1 - t) + b * t; }

using Outline = std::vector<cv::Point2f>;

/// |x / rx|^power + |y / ry|^power = 1, turned by `degrees`.
Outline ellipse_outline(cv::Point2f centre, float rx, float ry, float degrees = 0, float power = 2);
/// A band along `line`, `thickness` wide in the middle and thinner towards its ends.
Outline band_outline(const Outline& line, float thickness, float end_share);

/// Covers the inside of the outline, antialiased and with its edge blurred by `sigma`. `texture` (CV_32F, plate size)
/// multiplies the colour if it is not empty.
void paint(cv::Mat& plate, const Outline& outline, const cv::Scalar& colour, double sigma, double opacity = 1,
           const cv::Mat& texture = {});
/// Share of each pixel (CV_32F, 0 to 1) that the outline covers.
cv::Mat coverage(const Outline& outline, double sigma);
/// plate = cover * image + (1 - cover) * plate
void mix_in(cv::Mat& plate, const cv::Mat& image, const cv::Mat& cover);

/// Smooth noise of standard deviation `amplitude`: normal draws on a grid of cells_x by cells_y, interpolated.
cv::Mat smooth_noise(Draws& draws, int cells_x, int cells_y, double amplitude);

}  // namespace unmask::synth
