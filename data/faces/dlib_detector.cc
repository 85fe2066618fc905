#include "data/faces/dlib_detector.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <dlib/geometry.h>
#include <dlib/image_transforms.h>
#include <dlib/revision.h>
#include <opencv2/imgproc.hpp>

#include "data/faces/detection_image.h"
#include "data/faces/dlib_pyramid.h"
#include "data/faces/dlib_scanner.h"
#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

constexpr int kBoxPx = 72, kCellPx = 8;  // of dlib's detector: a face of a level, and its HOG cells
constexpr int kMarginPx = 3 * kCellPx;   // cells at the border of a picture have other values
constexpr int kLevelsAround = 3;         // the outer ones only tell that the face may be larger or smaller still
constexpr double kFarthest = 0.75;       // how far around a face is searched, in its sides,
constexpr double kBelieved = 0.5;        // and how far it may have moved: a better place would have been seen
constexpr double kSameFace = 0.3;        // IoU with where it was

dlib::rectangle box_of(const DlibDetection& face) { return {face.left, face.top, face.right, face.bottom}; }

double overlap(const dlib::rectangle& a, const dlib::rectangle& b) {
  return static_cast<double>(a.intersect(b).area()) / static_cast<double>(a.area() + b.area() - a.intersect(b).area());
}

/// A detection in a level's window, and what it is in level 0.
struct WindowDetection {
  DlibDetection face;
  int level = 0;
  bool at_limit = false;  // the true place may be outside of what was searched
};

/// Where a known face is looked for: a window of each level around its own.
struct Surroundings {
  int first = 0, last = 0;       // levels
  std::vector<cv::Rect> wanted;  // [levels]
};

Surroundings surroundings(const DlibPyramid& pyramid, const dlib::rectangle& known) {
  const dlib::pyramid_down<6> down;
  const double side = std::max(1.0, static_cast<double>(known.width()));
  const int level = static_cast<int>(std::lround(std::log(side / kBoxPx) / std::log(6.0 / 5)));
  Surroundings result;
  result.first = std::clamp(level - kLevelsAround, 0, pyramid.levels() - 1);
  result.last = std::clamp(level + kLevelsAround, 0, pyramid.levels() - 1);
  result.wanted.resize(static_cast<std::size_t>(result.last) + 1);
  for (int i = result.first; i <= result.last; ++i) {
    const dlib::dpoint centre = down.point_down(dlib::dcenter(known), static_cast<unsigned>(i));
    const double half = kBoxPx / 2 + kFarthest * side * std::pow(5.0 / 6, i) + kMarginPx;
    // Its corner on a corner of the whole level's cells.
    const auto cell = [](double position) { return static_cast<int>(std::floor(position / kCellPx)) * kCellPx; };
    const cv::Rect window(cv::Point(cell(centre.x() - half), cell(centre.y() - half)),
                          cv::Point(cell(centre.x() + half) + kCellPx, cell(centre.y() + half) + kCellPx));
    result.wanted[static_cast<std::size_t>(i)] = window & cv::Rect(cv::Point(), pyramid.level_size(i));
  }
  return result;
}

/// Unpacked once a process. It never scans itself, so that any thread may clone it.
const DlibScanner& unpacked_scanner() {
  static const std::unique_ptr<DlibScanner> scanner = make_dlib_scanner();
  return *scanner;
}

class DlibDetector final : public FaceDetector {
 public:
  explicit DlibDetector(const FaceDetectorOptions& options) : options_(options), scanner_(unpacked_scanner().clone()) {}

  std::vector<DetectedFace> detect(const RgbImage& frame) override {
    const cv::Mat grey = grey_of(frame);
    return to_faces(scanner_->scan(grey, options_.upsample), frame, grey.size());
  }

  std::optional<std::vector<DetectedFace>> detect_near(const RgbImage& frame,
                                                       std::span<const DetectedFace> known) override {
    const cv::Mat grey = grey_of(frame);
    if (pyramid_.picture_size() != grey.size()) pyramid_ = DlibPyramid(grey.size(), options_.upsample);
    std::vector<WindowDetection> seen;
    std::vector<dlib::rectangle> wanted;
    for (const DetectedFace& face : known) {
      wanted.push_back(to_level_zero(face, frame, grey.size()));
      search_around(grey, wanted.back(), seen);
    }
    std::stable_sort(seen.begin(), seen.end(), [](const WindowDetection& a, const WindowDetection& b) {
      return std::pair(-a.face.score, a.at_limit) < std::pair(-b.face.score, b.at_limit);
    });
    std::vector<DlibDetection> found;
    std::vector<bool> again(known.size(), false);
    for (const WindowDetection& one : seen) {
      const auto hides = [&](const DlibDetection& better) { return scanner_->hides(better, one.face); };
      if (std::any_of(found.begin(), found.end(), hides)) continue;
      const auto same = [&](const dlib::rectangle& before) { return overlap(before, box_of(one.face)) >= kSameFace; };
      const auto touches = [&](const dlib::rectangle& before) {
        return !before.intersect(box_of(one.face)).is_empty();
      };
      if (one.at_limit && std::any_of(wanted.begin(), wanted.end(), touches)) return std::nullopt;
      if (one.at_limit) continue;  // half of somebody else
      found.push_back(one.face);
      for (std::size_t i = 0; i < known.size(); ++i) {
        if (again[i] || !same(wanted[i])) continue;
        again[i] = true;
        break;
      }
    }
    if (!std::all_of(again.begin(), again.end(), [](bool one) { return one; })) return std::nullopt;
    return to_faces(found, frame, grey.size());
  }

  std::string version() const override {
    return "dlib " + std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION);
  }

 private:
  cv::Mat grey_of(const RgbImage& frame) const {
    cv::Mat grey;
    cv::cvtColor(as_mat(frame), grey, cv::COLOR_RGB2GRAY);
    return detection_image(grey, options_.short_side_px);
  }

  std::vector<DetectedFace> to_faces(const std::vector<DlibDetection>& found, const RgbImage& frame,
                                     cv::Size detected) const {
    const auto scaled = [](long position, int frame_side, int detected_side) {
      return static_cast<int>(std::lround(static_cast<double>(position) * frame_side / detected_side));
    };
    std::vector<DetectedFace> faces;
    for (const DlibDetection& face : found) {
      const dlib::rectangle box =
          dlib::pyramid_down<2>().rect_down(box_of(face), static_cast<unsigned>(options_.upsample));
      faces.push_back({scaled(box.left(), frame.width, detected.width),
                       scaled(box.top(), frame.height, detected.height),
                       scaled(box.right(), frame.width, detected.width),
                       scaled(box.bottom(), frame.height, detected.height), face.score});
    }
    return faces;
  }

  dlib::rectangle to_level_zero(const DetectedFace& face, const RgbImage& frame, cv::Size detected) const {
    const double x = static_cast<double>(detected.width) / frame.width;
    const double y = static_cast<double>(detected.height) / frame.height;
    const dlib::drectangle box(face.left * x, face.top * y, face.right * x, face.bottom * y);
    return dlib::pyramid_down<2>().rect_up(box, static_cast<unsigned>(options_.upsample));
  }

  /// Adds what is found in the windows of a known face. What lies at the limit of the search isn't believed.
  void search_around(const cv::Mat& grey, const dlib::rectangle& known, std::vector<WindowDetection>& seen) {
    const Surroundings around = surroundings(pyramid_, known);
    const std::vector<cv::Mat> windows = pyramid_.windows(grey, around.wanted);
    for (int level = around.first; level <= around.last; ++level) {
      const cv::Rect window = around.wanted[static_cast<std::size_t>(level)];
      if (window.empty()) continue;
      const cv::Size whole = pyramid_.level_size(level);
      for (const DlibDetection& face : scanner_->scan_level(windows[static_cast<std::size_t>(level)])) {
        const auto closer = [&](int margin) {
          return (window.x > 0 && face.left < margin) || (window.y > 0 && face.top < margin) ||
                 (window.br().x < whole.width && face.right > window.width - 1 - margin) ||
                 (window.br().y < whole.height && face.bottom > window.height - 1 - margin);
        };
        const bool at_border = closer(kMarginPx);
        const dlib::rectangle in_level = dlib::translate_rect(box_of(face), window.x, window.y);
        const dlib::rectangle box = dlib::pyramid_down<6>().rect_up(in_level, static_cast<unsigned>(level));
        const dlib::dpoint moved = dlib::dcenter(box) - dlib::dcenter(known);
        const bool far = std::max(std::abs(moved.x()), std::abs(moved.y())) > kBelieved * known.width();
        const bool last_level =
            (level == around.first && level > 0) || (level == around.last && level + 1 < pyramid_.levels());
        seen.push_back(
            {{box.left(), box.top(), box.right(), box.bottom(), face.score}, level, at_border || far || last_level});
      }
    }
  }

  FaceDetectorOptions options_;
  std::unique_ptr<DlibScanner> scanner_;
  DlibPyramid pyramid_{cv::Size(1, 1), 0};  // for frames of the size of the last
};

}  // namespace

std::unique_ptr<FaceDetector> make_dlib_detector(const FaceDetectorOptions& options) {
  return std::make_unique<DlibDetector>(options);
}

}  // namespace unmask
