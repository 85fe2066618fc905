#include "data/audit/crop_match.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {
namespace {

constexpr int kPx = 32, kBlocks = 8;
constexpr int kAlignedPx = 56, kAlignedMargin = 4;  // a detector's box moves by some pixels, and changes its size
constexpr int kSmallestPx = 46, kLargestPx = 68, kStepPx = 2, kFinePx = 2 * kAlignedPx;
constexpr double kWorthRefining = 0.8;
constexpr double kBlurShare = 1.5 / 32;  // of the side: what is coarser all faces have in common

cv::Mat small_grey(const SquareCrop& crop, bool mirrored, int px) {
  const cv::Mat rgb(crop.px, crop.px, CV_8UC3, const_cast<std::uint8_t*>(crop.rgb.data()));
  cv::Mat grey, floats, small;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  grey.convertTo(floats, CV_32F);
  cv::resize(floats, small, {px, px}, 0, 0, cv::INTER_AREA);
  if (mirrored) cv::flip(small, small, 1);
  return small;
}

/// Finer than a share of `px`.
cv::Mat fine_part(const cv::Mat& picture, int px) {
  cv::Mat coarse;
  cv::GaussianBlur(picture, coarse, {}, kBlurShare * px);
  return picture - coarse;
}

double fine_correlation(const cv::Mat& a, const cv::Mat& b) {
  const cv::Mat fine_a = fine_part(a, kPx), fine_b = fine_part(b, kPx);
  const cv::Mat from_a = fine_a - cv::mean(fine_a), from_b = fine_b - cv::mean(fine_b);
  const double of_both = cv::norm(from_a) * cv::norm(from_b);
  return of_both > 0 ? from_a.dot(from_b) / of_both : 0;
}

/// Where a picture lies in another: its side as a share of the other's, and how far its middle is from the other's, in
/// pixels of kAlignedPx.
struct Place {
  double size = 1, right = 0, down = 0;
};

/// Both averaged down, the second laid over the first at a place; what is compared is where both are.
class Overlay {
 public:
  Overlay(const SquareCrop& first, const SquareCrop& second, bool mirrored)
      : second_(small_grey(second, mirrored, kFinePx)) {
    cv::resize(small_grey(first, false, kFinePx), first_, {kAlignedPx, kAlignedPx}, 0, 0, cv::INTER_AREA);
    first_ = fine_part(first_, kAlignedPx);
  }

  double correlation(const Place& at) const {
    const double finer = kFinePx / double{kAlignedPx}, middle = 0.5 * kFinePx - 0.5;
    const cv::Matx23d lies(at.size, 0, middle + at.right * finer - at.size * middle,  //
                           0, at.size, middle + at.down * finer - at.size * middle);
    cv::Mat moved, small;
    cv::warpAffine(second_, moved, lies, second_.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::resize(moved, small, {kAlignedPx, kAlignedPx}, 0, 0, cv::INTER_AREA);
    const auto part = [&](double move) {
      const double from = 0.5 * kAlignedPx + move - 0.5 * at.size * kAlignedPx;
      const int begin = std::max(0, static_cast<int>(std::ceil(from))) + kAlignedMargin / 2;
      const int end = std::min(kAlignedPx, static_cast<int>(from + at.size * kAlignedPx)) - kAlignedMargin / 2;
      return cv::Range(begin, std::max(begin + 1, end));
    };
    const cv::Range rows = part(at.down), columns = part(at.right);
    const cv::Mat fine = fine_part(small, kAlignedPx);
    const cv::Mat a = first_(rows, columns), b = fine(rows, columns);
    const cv::Mat from_a = a - cv::mean(a), from_b = b - cv::mean(b);
    const double of_a = cv::norm(from_a), of_b = cv::norm(from_b);
    if (of_a < 1 || of_b < 1) return 0;  // nothing fine in it
    return from_a.dot(from_b) / (of_a * of_b);
  }

  /// By whole pixels: at the size that fits best.
  Place coarse_place(double& best) const {
    Place place;
    for (int px = kSmallestPx; px <= kLargestPx; px += kStepPx) {
      cv::Mat b, fits;
      cv::resize(second_, b, {px, px}, 0, 0, cv::INTER_AREA);
      b = fine_part(b, kAlignedPx);
      const int side = std::min(px, kAlignedPx) - 2 * kAlignedMargin, begin = (px - side) / 2;
      const cv::Mat inner = b(cv::Rect(begin, begin, side, side));
      if (cv::norm(first_) < 1 || cv::norm(inner) < 1) continue;
      cv::matchTemplate(first_, inner, fits, cv::TM_CCOEFF_NORMED);
      double here = 0;
      cv::Point at;
      cv::minMaxLoc(fits, nullptr, &here, nullptr, &at);
      if (here <= best) continue;
      const double middle = 0.5 * (kAlignedPx - side);
      best = here, place = {px / double{kAlignedPx}, at.x - middle, at.y - middle};
    }
    return place;
  }

 private:
  cv::Mat first_, second_;
};

/// At the size and place where the second fits best on the first.
double aligned_correlation(const SquareCrop& first, const SquareCrop& second, bool mirrored) {
  const Overlay overlay(first, second, mirrored);
  double best = 0;
  Place place = overlay.coarse_place(best);
  if (best < kWorthRefining) return best;
  best = std::max(best, overlay.correlation(place));
  for (double step = 1; step > 0.1; step /= 2) {
    for (bool is_better = true; is_better;) {
      is_better = false;
      for (const Place& by : {Place{step / 28, 0, 0},
                              {-step / 28, 0, 0},
                              {0, step / 2, 0},
                              {0, -step / 2, 0},
                              {0, 0, step / 2},
                              {0, 0, -step / 2}}) {
        const Place next = {place.size + by.size, place.right + by.right, place.down + by.down};
        if (next.size < 0.8 || next.size > 1.25) continue;
        const double here = overlay.correlation(next);
        if (here <= best) continue;
        best = here, place = next, is_better = true;
      }
    }
  }
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
