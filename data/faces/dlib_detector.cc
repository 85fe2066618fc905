#include "data/faces/dlib_detector.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include <dlib/array2d.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>
#include <dlib/revision.h>
#include <opencv2/imgproc.hpp>

#include "data/faces/detection_image.h"
#include "data/faces/dlib_pyramid.h"
#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

constexpr int kBoxPx = 72, kCellPx = 8;  // of dlib's detector: a face of a level, and its HOG cells
constexpr int kMarginPx = 3 * kCellPx;   // cells at the border of a picture have other values
constexpr int kLevelsAround = 3;         // the outer ones only tell that the face may be larger or smaller still
constexpr double kFarthest = 0.75;       // how far around a face is searched, in its sides,
constexpr double kBelieved = 0.5;        // and how far it may have moved: a better place would have been seen
constexpr double kSameFace = 0.3;        // IoU with where it was

dlib::array2d<unsigned char> as_dlib(const cv::Mat& grey) {
  dlib::array2d<unsigned char> image(grey.rows, grey.cols);
  for (int row = 0; row < grey.rows; ++row) {
    std::memcpy(&image[row][0], grey.ptr(row), static_cast<std::size_t>(grey.cols));
  }
  return image;
}

/// The same filters for one level alone.
dlib::frontal_face_detector one_level(const dlib::frontal_face_detector& detector) {
  dlib::frontal_face_detector::image_scanner_type scanner;
  scanner.copy_configuration(detector.get_scanner());
  scanner.set_max_pyramid_levels(1);
  std::vector<dlib::frontal_face_detector::feature_vector_type> filters;
  for (unsigned long i = 0; i < detector.num_detectors(); ++i) filters.push_back(detector.get_w(i));
  return {scanner, detector.get_overlap_tester(), filters};
}

double overlap(const dlib::rectangle& a, const dlib::rectangle& b) {
  return static_cast<double>(a.intersect(b).area()) / static_cast<double>(a.area() + b.area() - a.intersect(b).area());
}

/// A detection in a level's window, and what it is in level 0.
struct WindowDetection {
  dlib::rect_detection face;
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

class DlibDetector final : public FaceDetector {
 public:
  explicit DlibDetector(const FaceDetectorOptions& options)
      : options_(options), detector_(dlib::get_frontal_face_detector()), one_level_(one_level(detector_)) {}

  std::vector<DetectedFace> detect(const RgbImage& frame) override {
    const cv::Mat grey = grey_of(frame);
    dlib::array2d<unsigned char> image = as_dlib(grey);
    for (int i = 0; i < options_.upsample; ++i) dlib::pyramid_up(image, dlib::pyramid_down<2>());
    std::vector<dlib::rect_detection> found;
    detector_(image, found);  // sorted by score
    return to_faces(found, frame, grey.size());
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
      return std::pair(-a.face.detection_confidence, a.at_limit) < std::pair(-b.face.detection_confidence, b.at_limit);
    });
    std::vector<dlib::rect_detection> found;
    std::vector<bool> again(known.size(), false);
    for (const WindowDetection& one : seen) {
      const auto hides = [&](const dlib::rect_detection& better) {
        return detector_.get_overlap_tester()(better.rect, one.face.rect);
      };
      if (std::any_of(found.begin(), found.end(), hides)) continue;
      const auto same = [&](const dlib::rectangle& before) { return overlap(before, one.face.rect) >= kSameFace; };
      const auto touches = [&](const dlib::rectangle& before) { return !before.intersect(one.face.rect).is_empty(); };
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

  std::unique_ptr<FaceDetector> clone() const override { return std::make_unique<DlibDetector>(*this); }

  std::string version() const override {
    return "dlib " + std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION);
  }

 private:
  cv::Mat grey_of(const RgbImage& frame) const {
    cv::Mat grey;
    cv::cvtColor(as_mat(frame), grey, cv::COLOR_RGB2GRAY);
    return detection_image(grey, options_.short_side_px);
  }

  std::vector<DetectedFace> to_faces(const std::vector<dlib::rect_detection>& found, const RgbImage& frame,
                                     cv::Size detected) const {
    const auto scaled = [](long position, int frame_side, int detected_side) {
      return static_cast<int>(std::lround(static_cast<double>(position) * frame_side / detected_side));
    };
    std::vector<DetectedFace> faces;
    for (const dlib::rect_detection& face : found) {
      const dlib::rectangle box =
          dlib::pyramid_down<2>().rect_down(face.rect, static_cast<unsigned>(options_.upsample));
      faces.push_back({scaled(box.left(), frame.width, detected.width),
                       scaled(box.top(), frame.height, detected.height),
                       scaled(box.right(), frame.width, detected.width),
                       scaled(box.bottom(), frame.height, detected.height), face.detection_confidence});
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
      std::vector<dlib::rect_detection> found;
      one_level_(as_dlib(windows[static_cast<std::size_t>(level)]), found);
      for (dlib::rect_detection& face : found) {
        const auto closer = [&](int margin) {
          return (window.x > 0 && face.rect.left() < margin) || (window.y > 0 && face.rect.top() < margin) ||
                 (window.br().x < whole.width && face.rect.right() > window.width - 1 - margin) ||
                 (window.br().y < whole.height && face.rect.bottom() > window.height - 1 - margin);
        };
        const bool at_border = closer(kMarginPx);
        const dlib::rectangle in_level = dlib::translate_rect(face.rect, window.x, window.y);
        face.rect = dlib::pyramid_down<6>().rect_up(in_level, static_cast<unsigned>(level));
        const dlib::dpoint moved = dlib::dcenter(face.rect) - dlib::dcenter(known);
        const bool far = std::max(std::abs(moved.x()), std::abs(moved.y())) > kBelieved * known.width();
        const bool last_level =
            (level == around.first && level > 0) || (level == around.last && level + 1 < pyramid_.levels());
        seen.push_back({face, level, at_border || far || last_level});
      }
    }
  }

  FaceDetectorOptions options_;
  dlib::frontal_face_detector detector_, one_level_;
  DlibPyramid pyramid_{cv::Size(1, 1), 0};  // for frames of the size of the last
};

}  // namespace

std::unique_ptr<FaceDetector> make_dlib_detector(const FaceDetectorOptions& options) {
  return std::make_unique<DlibDetector>(options);
}

}  // namespace unmask
