#include "data/audit/crop_sketch.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/img_hash.hpp>
#include <opencv2/imgproc.hpp>

namespace unmask {
namespace {

constexpr int kHashPx = 32;  // of PHash itself: it scales down without averaging
constexpr double kFlatDeviation = 4;
constexpr double kMiddle = 0.8;  // of the side: room for boxes that differ
constexpr std::array kSizes = {0.87, 0.93, 1.0, 1.07, 1.15};
constexpr std::array kMoves = {-0.05, 0.0, 0.05};

std::uint64_t hash_of(const cv::Mat& grey) {
  cv::Mat bytes;
  cv::img_hash::pHash(grey, bytes);
  std::uint64_t hash = 0;
  for (int i = 0; i < 8; ++i) hash = hash << 8 | bytes.at<std::uint8_t>(0, i);
  return hash;
}

struct Moments {
  std::int64_t a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  void add(std::int64_t x, std::int64_t y) { a += x, b += y, aa += x * x, bb += y * y, ab += x * y; }
  double correlation(std::int64_t count) const {
    const double of_a = static_cast<double>(count * aa - a * a), of_b = static_cast<double>(count * bb - b * b);
    if (of_a <= 0 || of_b <= 0) return 0;
    return static_cast<double>(count * ab - a * b) / std::sqrt(of_a * of_b);
  }
};

cv::Mat grey_of(std::span<const std::uint8_t> rgb, int px) {
  const cv::Mat crop(px, px, CV_8UC3, const_cast<std::uint8_t*>(rgb.data()));
  cv::Mat grey;
  cv::cvtColor(crop, grey, cv::COLOR_RGB2GRAY);
  return grey;
}

/// A square of `size` of the side, its middle moved by shares of the side, within the picture.
cv::Mat window(const cv::Mat& grey, double size, double right = 0, double down = 0) {
  const int px = grey.cols, side = std::clamp(static_cast<int>(std::lround(size * px)), 1, px);
  const auto begin = [&](double move) {
    return std::clamp(static_cast<int>(std::lround((0.5 + move) * px - 0.5 * side)), 0, px - side);
  };
  return grey(cv::Rect(begin(right), begin(down), side, side));
}

CropSketch sketch_of(const cv::Mat& grey) {
  cv::Mat small, mirror, tiny;
  cv::resize(grey, small, {kHashPx, kHashPx}, 0, 0, cv::INTER_AREA);
  cv::resize(small, tiny, {kSketchPx, kSketchPx}, 0, 0, cv::INTER_AREA);
  cv::flip(small, mirror, 1);
  CropSketch sketch;
  sketch.hash = hash_of(small), sketch.mirrored = hash_of(mirror);
  std::copy_n(tiny.ptr<std::uint8_t>(), sketch.grey.size(), sketch.grey.begin());
  cv::Scalar mean, deviation;
  cv::meanStdDev(small, mean, deviation);
  sketch.is_flat = deviation[0] < kFlatDeviation;
  return sketch;
}

}  // namespace

CropSketch sketch_crop(std::span<const std::uint8_t> rgb, int px) {
  return sketch_of(window(grey_of(rgb, px), kMiddle));
}

CropProbe probe_crop(std::uint32_t crop, std::span<const std::uint8_t> rgb, int px) {
  CropProbe probe;
  probe.crop = crop;
  cv::Mat small(kProbePx, kProbePx, CV_8UC1, probe.grey.data());
  cv::resize(grey_of(rgb, px), small, {kProbePx, kProbePx}, 0, 0, cv::INTER_AREA);
  return probe;
}

const std::array<SketchWindow, kWindows>& sketch_windows() {
  static const auto windows = [] {
    std::array<SketchWindow, kWindows> all;
    auto next = all.begin();
    for (const double size : kSizes) {
      for (const double right : kMoves) {
        for (const double down : kMoves) *next++ = {size, right, down};
      }
    }
    return all;
  }();
  return windows;
}

std::vector<CropSketch> moved_sketches(const CropProbe& probe) {
  const cv::Mat grey(kProbePx, kProbePx, CV_8UC1, const_cast<std::uint8_t*>(probe.grey.data()));
  std::vector<CropSketch> sketches;
  for (const auto& [size, right, down] : sketch_windows())
    sketches.push_back(sketch_of(window(grey, size * kMiddle, right, down)));
  return sketches;
}

double correlation(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  Moments moments;
  for (std::size_t i = 0; i < a.size(); ++i) moments.add(a[i], b[i]);
  return moments.correlation(static_cast<std::int64_t>(a.size()));
}

double mirrored_correlation(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(a.size()))));
  Moments moments;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t x = i % side;
    moments.add(a[i], b[i - x + side - 1 - x]);
  }
  return moments.correlation(static_cast<std::int64_t>(a.size()));
}

}  // namespace unmask
