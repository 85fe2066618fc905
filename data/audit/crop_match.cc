#include "data/audit/crop_match.h"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {
namespace {

constexpr int kPx = 32, kBlocks = 8;
constexpr int kAlignedPx = 56, kAlignedMargin = 4;  // a detector's box moves by some pixels
constexpr double kBlurShare = 1.5 / 32;             // of the side: what is coarser all faces have in common

cv::Mat small_grey(const SquareCrop& crop, bool mirrored, int px) {
  const cv::Mat rgb(crop.px, crop.px, CV_8UC3, const_cast<std::uint8_t*>(crop.rgb.data()));
  cv::Mat grey, floats, small;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  grey.convertTo(floats, CV_32F);
  cv::resize(floats, small, {px, px}, 0, 0, cv::INTER_AREA);
  if (mirrored) cv::flip(small, small, 1);
  return small;
}

cv::Mat fine_part(const cv::Mat& picture) {
  cv::Mat coarse;
  cv::GaussianBlur(picture, coarse, {}, kBlurShare * picture.cols);
  return picture - coarse;
}

double fine_correlation(const cv::Mat& a, const cv::Mat& b) {
  const cv::Mat fine_a = fine_part(a), fine_b = fine_part(b);
  const cv::Mat from_a = fine_a - cv::mean(fine_a), from_b = fine_b - cv::mean(fine_b);
  const double of_both = cv::norm(from_a) * cv::norm(from_b);
  return of_both > 0 ? from_a.dot(from_b) / of_both : 0;
}

/// Of the second's inner part, at the place in the first where it fits best.
double aligned_correlation(const SquareCrop& first, const SquareCrop& second, bool mirrored) {
  const cv::Mat a = fine_part(small_grey(first, false, kAlignedPx)),
                b = fine_part(small_grey(second, mirrored, kAlignedPx));
  constexpr int kInner = kAlignedPx - 2 * kAlignedMargin;
  const cv::Mat inner = b(cv::Rect(kAlignedMargin, kAlignedMargin, kInner, kInner));
  if (cv::norm(a) < 1 || cv::norm(inner) < 1) return 0;  // nothing fine in it
  cv::Mat fits;
  cv::matchTemplate(a, inner, fits, cv::TM_CCOEFF_NORMED);
  double best = 0;
  cv::minMaxLoc(fits, nullptr, &best);
  return best;
}

}  // namespace

CropMatch match_crops(const SquareCrop& first, const SquareCrop& second, bool mirrored) {
  const cv::Mat a = small_grey(first, false, kPx), b = small_grey(second, mirrored, kPx);
  cv::Mat difference, blocks;
  cv::absdiff(a, b, difference);
  cv::resize(difference, blocks, {kBlocks, kBlocks}, 0, 0, cv::INTER_AREA);
  CropMatch match;
  match.similarity = fine_correlation(a, b);
  if (!match.is_copy()) match.similarity = std::max(match.similarity, aligned_correlation(first, second, mirrored));
  cv::minMaxLoc(blocks, nullptr, &match.worst_block);
  return match;
}

}  // namespace unmask
