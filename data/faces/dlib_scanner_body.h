// The body of both builds of DlibScanner, included once by each, after all headers but dlib's: dlib's templates, and so
// this class, are then compiled as its includer says.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include <dlib/array2d.h>
#include <dlib/image_processing/object_detector.h>
#include <dlib/image_processing/scan_fhog_pyramid.h>
#include <dlib/image_transforms.h>

#include "data/faces/dlib_scanner.h"

namespace unmask {
namespace {

class BuiltScanner final : public DlibScanner {
 public:
  using Detector = dlib::object_detector<dlib::scan_fhog_pyramid<dlib::pyramid_down<6>>>;

  explicit BuiltScanner(const Detector& detector) : detector_(detector), one_level_(of_one_level(detector)) {}

  std::vector<DlibDetection> scan(const cv::Mat& grey, int upsample) override {
    dlib::array2d<unsigned char> image = as_dlib(grey);
    for (int i = 0; i < upsample; ++i) dlib::pyramid_up(image, dlib::pyramid_down<2>());
    return found_by(detector_, image);
  }

  std::vector<DlibDetection> scan_level(const cv::Mat& level) override { return found_by(one_level_, as_dlib(level)); }

  bool hides(const DlibDetection& better, const DlibDetection& other) const override {
    const auto box = [](const DlibDetection& one) { return dlib::rectangle(one.left, one.top, one.right, one.bottom); };
    return detector_.get_overlap_tester()(box(better), box(other));
  }

  std::unique_ptr<DlibScanner> clone() const override { return std::make_unique<BuiltScanner>(*this); }

 private:
  static Detector of_one_level(const Detector& detector) {
    Detector::image_scanner_type scanner;
    scanner.copy_configuration(detector.get_scanner());
    scanner.set_max_pyramid_levels(1);
    std::vector<Detector::feature_vector_type> filters;
    for (unsigned long i = 0; i < detector.num_detectors(); ++i) filters.push_back(detector.get_w(i));
    return {scanner, detector.get_overlap_tester(), filters};
  }

  static dlib::array2d<unsigned char> as_dlib(const cv::Mat& grey) {
    dlib::array2d<unsigned char> image(grey.rows, grey.cols);
    for (int row = 0; row < grey.rows; ++row) {
      std::memcpy(&image[row][0], grey.ptr(row), static_cast<std::size_t>(grey.cols));
    }
    return image;
  }

  static std::vector<DlibDetection> found_by(Detector& detector, const dlib::array2d<unsigned char>& image) {
    std::vector<dlib::rect_detection> found;
    detector(image, found);  // sorted by score
    std::vector<DlibDetection> result;
    for (const dlib::rect_detection& one : found) {
      result.push_back(
          {one.rect.left(), one.rect.top(), one.rect.right(), one.rect.bottom(), one.detection_confidence});
    }
    return result;
  }

  Detector detector_, one_level_;
};

}  // namespace
}  // namespace unmask
