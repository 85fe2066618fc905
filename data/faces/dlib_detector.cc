#include "data/faces/dlib_detector.h"

#include <cmath>
#include <cstring>

#include <dlib/array2d.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>
#include <dlib/revision.h>
#include <opencv2/imgproc.hpp>

#include "data/faces/detection_image.h"
#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

int scaled_back(double position, int frame_side, int detected_side) {
  return static_cast<int>(std::lround(position * frame_side / detected_side));
}

class DlibDetector final : public FaceDetector {
 public:
  explicit DlibDetector(const FaceDetectorOptions& options)
      : options_(options), detector_(dlib::get_frontal_face_detector()) {}

  std::vector<DetectedFace> detect(const RgbImage& frame) override {
    cv::Mat grey;
    cv::cvtColor(as_mat(frame), grey, cv::COLOR_RGB2GRAY);
    grey = detection_image(grey, options_.short_side_px);
    dlib::array2d<unsigned char> image(grey.rows, grey.cols);
    for (int row = 0; row < grey.rows; ++row) {
      std::memcpy(&image[row][0], grey.ptr(row), static_cast<std::size_t>(grey.cols));
    }
    const dlib::pyramid_down<2> pyramid;
    for (int i = 0; i < options_.upsample; ++i) dlib::pyramid_up(image, pyramid);
    std::vector<dlib::rect_detection> found;
    detector_(image, found);  // sorted by score
    std::vector<DetectedFace> faces;
    for (const dlib::rect_detection& face : found) {
      const dlib::rectangle box = pyramid.rect_down(face.rect, static_cast<unsigned>(options_.upsample));
      faces.push_back({scaled_back(static_cast<double>(box.left()), frame.width, grey.cols),
                       scaled_back(static_cast<double>(box.top()), frame.height, grey.rows),
                       scaled_back(static_cast<double>(box.right()), frame.width, grey.cols),
                       scaled_back(static_cast<double>(box.bottom()), frame.height, grey.rows),
                       face.detection_confidence});
    }
    return faces;
  }

  std::unique_ptr<FaceDetector> clone() const override { return std::make_unique<DlibDetector>(*this); }

  std::string version() const override {
    return "dlib " + std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION);
  }

 private:
  FaceDetectorOptions options_;
  dlib::frontal_face_detector detector_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_dlib_detector(const FaceDetectorOptions& options) {
  return std::make_unique<DlibDetector>(options);
}

}  // namespace unmask
