#include "data/faces/yunet_detector.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/faces/detection_image.h"
#include "data/frames/opencv_image.h"

namespace unmask {
namespace {

constexpr float kYuNetScore = 0.8f, kYuNetOverlap = 0.3f;
constexpr int kYuNetCandidates = 5000;

// YuNet's box is tight and tall, dlib's a square from the brows to the chin. A square of kSide × the geometric mean of
// YuNet's sides, its centre moved down by kDown × its height, fits dlib's boxes on the demonstration's photos and
// video (mean over 6 photos and 12 video frames; a single face differs by up to 15%).
constexpr double kSide = 0.92, kDown = 0.04;

DetectedFace as_dlib_box(double x, double y, double width, double height, double score) {
  const double half = kSide * std::sqrt(width * height) / 2;
  const double centre_x = x + width / 2, centre_y = y + height / 2 + kDown * height;
  const auto rounded = [](double value) { return static_cast<int>(std::lround(value)); };
  return {rounded(centre_x - half), rounded(centre_y - half), rounded(centre_x + half), rounded(centre_y + half),
          score};
}

class YuNetDetector final : public FaceDetector {
 public:
  explicit YuNetDetector(const FaceDetectorOptions& options) : options_(options) {
    const MappedFile model(options.model);
    digest_ = to_hex(digest128(model.bytes())).substr(0, 16);
    open();
    // Some model files load and fail only at the first frame.
    RgbImage blank{320, 240, std::vector<std::uint8_t>(320 * 240 * 3, 127)};
    detect(blank);
  }

  std::vector<DetectedFace> detect(const RgbImage& frame) override {
    cv::Mat bgr;
    cv::cvtColor(as_mat(frame), bgr, cv::COLOR_RGB2BGR);
    bgr = detection_image(bgr, options_.short_side_px);
    cv::Mat found;
    try {
      network_->setInputSize(bgr.size());
      network_->detect(bgr, found);
    } catch (const cv::Exception& error) {
      throw does_not_fit(error);
    }
    const double to_frame_x = static_cast<double>(frame.width) / bgr.cols;
    const double to_frame_y = static_cast<double>(frame.height) / bgr.rows;
    std::vector<DetectedFace> faces;
    for (int row = 0; row < found.rows; ++row) {
      const float* face = found.ptr<float>(row);  // x, y, width, height, five points, score
      if (!std::all_of(face, face + 14, [](float value) { return std::abs(value) < 1e6f; })) continue;
      if (face[2] <= 0 || face[3] <= 0) continue;
      faces.push_back(as_dlib_box(face[0] * to_frame_x, face[1] * to_frame_y, face[2] * to_frame_x,
                                  face[3] * to_frame_y, face[14]));
      FivePoints& points = faces.back().points.emplace();
      for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = {face[4 + 2 * i] * to_frame_x, face[5 + 2 * i] * to_frame_y};
      }
    }
    std::stable_sort(faces.begin(), faces.end(),
                     [](const DetectedFace& a, const DetectedFace& b) { return a.score > b.score; });
    return faces;
  }

  std::string version() const override {
    return "yunet " + digest_ + ", OpenCV " + std::to_string(CV_VERSION_MAJOR) + "." + std::to_string(CV_VERSION_MINOR);
  }

 private:
  void open() {
    try {
      network_ = cv::FaceDetectorYN::create(options_.model, "", cv::Size(320, 240), kYuNetScore, kYuNetOverlap,
                                            kYuNetCandidates);
    } catch (const cv::Exception& error) {
      throw does_not_fit(error);
    }
  }

  Error does_not_fit(const cv::Exception& error) const {
    return Error(
        ErrorKind::kUsage,
        options_.model + ": this OpenCV (" CV_VERSION ") can't run the model: " + error.err +
            ". OpenCV 4.5.4 to 4.7 wants face_detection_yunet_2022mar.onnx, 4.8 and later "
            "face_detection_yunet_2023mar.onnx (both in the OpenCV model zoo); detector = \"dlib_hog\" needs no file");
  }

  FaceDetectorOptions options_;
  std::string digest_;
  cv::Ptr<cv::FaceDetectorYN> network_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_yunet_detector(const FaceDetectorOptions& options) {
  try {
    return std::make_unique<YuNetDetector>(options);
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, std::string("prepare.detector_model: ") + error.what());
  }
}

}  // namespace unmask
