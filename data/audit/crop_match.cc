#include "data/audit/crop_match.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {
namespace {

constexpr int kPx = 32, kBlocks = 8;
constexpr double kBlur = 1.5;  // of those 32 pixels: what is coarser all faces have in common

cv::Mat small_grey(const SquareCrop& crop, bool mirrored) {
  const cv::Mat rgb(crop.px, crop.px, CV_8UC3, const_cast<std::uint8_t*>(crop.rgb.data()));
  cv::Mat grey, floats, small;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  grey.convertTo(floats, CV_32F);
  cv::resize(floats, small, {kPx, kPx}, 0, 0, cv::INTER_AREA);
  if (mirrored) cv::flip(small, small, 1);
  return small;
}

double fine_correlation(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat coarse_a, coarse_b;
  cv::GaussianBlur(a, coarse_a, {}, kBlur);
  cv::GaussianBlur(b, coarse_b, {}, kBlur);
  const cv::Mat fine_a = a - coarse_a, fine_b = b - coarse_b;
  const cv::Mat from_a = fine_a - cv::mean(fine_a), from_b = fine_b - cv::mean(fine_b);
  const double of_both = cv::norm(from_a) * cv::norm(from_b);
  return of_both > 0 ? from_a.dot(from_b) / of_both : 0;
}

}  // namespace

CropMatch match_crops(const SquareCrop& first, const SquareCrop& second, bool mirrored) {
  const cv::Mat a = small_grey(first, false), b = small_grey(second, mirrored);
  cv::Mat difference, blocks;
  cv::absdiff(a, b, difference);
  cv::resize(difference, blocks, {kBlocks, kBlocks}, 0, 0, cv::INTER_AREA);
  CropMatch match;
  match.similarity = fine_correlation(a, b);
  cv::minMaxLoc(blocks, nullptr, &match.worst_block);
  return match;
}

}  // namespace unmask
