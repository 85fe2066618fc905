#include "data/audit/probe_match.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {
namespace {

constexpr double kBlur = 1.5 / 32 * kProbePx;  // as match_crops has it: what is coarser all faces have in common
constexpr int kMargin = 2;                     // at borders a blur knows half of the picture
constexpr int kMoves = 2, kSizes = 2;          // whole pixels, and steps of two pixels of the side, each way
constexpr double kSizeStep = 2.0 / kProbePx;
constexpr double kWorthClimbing = 0.7, kWorthMatching = 0.83;

/// Where the second lies on the first: its side as a share of the first's, and how far its middle is from the first's,
/// in pixels.
struct Place {
  double size = 1, right = 0, down = 0;
};

cv::Mat fine_part(const CropProbe& probe, bool mirrored) {
  const cv::Mat grey(kProbePx, kProbePx, CV_8UC1, const_cast<std::uint8_t*>(probe.grey.data()));
  cv::Mat floats, coarse;
  grey.convertTo(floats, CV_32F);
  if (mirrored) cv::flip(floats, floats, 1);
  cv::GaussianBlur(floats, coarse, {}, kBlur);
  return floats - coarse;
}

class ProbeOverlay {
 public:
  ProbeOverlay(const cv::Mat& first, const cv::Mat& second) : first_(first), second_(second) {
    cv::integral(first_, sums_, squares_, CV_64F, CV_64F);
  }

  double correlation(const Place& at) const { return shifted_correlation(at, 0).similarity; }

  /// By whole pixels about the place.
  Place coarse_place(const Place& about, double& best) const {
    Place place = about;
    for (int step = -kSizes; step <= kSizes; ++step) {
      const Place sized = {about.size + step * kSizeStep, about.right, about.down};
      const Shifted here = shifted_correlation(sized, kMoves);
      if (here.similarity <= best) continue;
      best = here.similarity;
      place = {sized.size, sized.right + here.right, sized.down + here.down};
    }
    return place;
  }

  /// The best that steps of half a pixel lead to: enough to tell, where whole pixels are too coarse for fine structure.
  double climbed(Place place, double best) const {
    for (bool is_better = true; is_better;) {
      is_better = false;
      for (const Place& by :
           {Place{kSizeStep / 2, 0, 0}, {-kSizeStep / 2, 0, 0}, {0, .5, 0}, {0, -.5, 0}, {0, 0, .5}, {0, 0, -.5}}) {
        const Place next = {place.size + by.size, place.right + by.right, place.down + by.down};
        if (next.size < 0.75 || next.size > 1.35 || std::abs(next.right) > 8 || std::abs(next.down) > 8) continue;
        const double here = correlation(next);
        if (here <= best) continue;
        best = here, place = next, is_better = true;
      }
    }
    return best;
  }

 private:
  struct Shifted {
    double similarity = -1;
    int right = 0, down = 0;
  };

  /// The best of all shifts of the second by up to `moves` pixels from the place.
  Shifted shifted_correlation(const Place& at, int moves) const {
    const double middle = 0.5 * kProbePx - 0.5;
    const cv::Matx23d lies(at.size, 0, middle + at.right - at.size * middle,  //
                           0, at.size, middle + at.down - at.size * middle);
    cv::Mat laid;
    cv::warpAffine(second_, laid, lies, second_.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    const auto part = [&](double move) {  // where both are, however the second is shifted
      const double from = 0.5 * kProbePx + move - 0.5 * at.size * kProbePx;
      const int begin = std::max({0, static_cast<int>(std::ceil(from)), moves - kMargin}) + kMargin;
      const int end = std::min({kProbePx, static_cast<int>(from + at.size * kProbePx), kProbePx - moves + kMargin});
      return cv::Range(begin, std::max(begin + 1, end - kMargin));
    };
    const cv::Range rows = part(at.down), columns = part(at.right);
    cv::Mat of_second = laid(rows, columns) - cv::mean(laid(rows, columns)), of_first;
    const double second_norm = cv::norm(of_second);
    Shifted best;
    for (int down = -moves; down <= moves; ++down) {
      for (int right = -moves; right <= moves; ++right) {
        const cv::Rect area(columns.start + right, rows.start + down, columns.size(), rows.size());
        first_(area).copyTo(of_first);  // in one piece a product is faster
        const double first_norm = norm_of_first(area);
        const double here = first_norm < 1 || second_norm < 1 ? 0  // nothing fine in it
                                                              : of_first.dot(of_second) / (first_norm * second_norm);
        if (here > best.similarity) best = {here, right, down};
      }
    }
    return best;
  }

  double norm_of_first(const cv::Rect& area) const {
    const auto sum_in = [&](const cv::Mat& sums) {
      return sums.at<double>(area.y, area.x) + sums.at<double>(area.br().y, area.br().x) -
             sums.at<double>(area.y, area.br().x) - sums.at<double>(area.br().y, area.x);
    };
    const double sum = sum_in(sums_);
    return std::sqrt(std::max(0.0, sum_in(squares_) - sum * sum / area.area()));
  }

  cv::Mat first_, second_, sums_, squares_;
};

}  // namespace

double probe_similarity(const CropProbe& first, const CropProbe& second, bool mirrored, const SketchWindow& window) {
  const ProbeOverlay overlay(fine_part(first, false), fine_part(second, mirrored));
  const double in_place = overlay.correlation({});
  double best = -1;
  const double side = kProbePx / window.size;
  const Place met = {1 / window.size, (mirrored ? window.right : -window.right) * side, -window.down * side};
  const Place place = overlay.coarse_place(met, best);
  if (best >= kWorthClimbing) best = overlay.climbed(place, best);
  return std::max(in_place, best);
}

bool may_match(const CropProbe& first, const CropProbe& second, bool mirrored, const SketchWindow& window) {
  return probe_similarity(first, second, mirrored, window) >= kWorthMatching;
}

}  // namespace unmask
