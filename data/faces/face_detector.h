// Finds faces in a frame; one file a detector: dlib_detector, yunet_detector.
//
//   const std::unique_ptr<FaceDetector> detector = make_face_detector({});
//   const std::vector<DetectedFace> faces = detector->detect(frame.image);
//   if (!faces.empty()) crop_face(frame.image, square_box(faces.front(), width, height, 1.3), 224);
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/detector_kind.h"
#include "data/faces/face_points.h"
#include "data/frames/image.h"

namespace unmask {

/// A face in pixels of the frame; right and bottom are the last pixels inside. It may reach over the frame's border.
struct DetectedFace {
  int left = 0, top = 0, right = 0, bottom = 0;
  double score = 0;
  std::optional<FivePoints> points = std::nullopt;  // YuNet gives them
  bool operator==(const DetectedFace&) const = default;
};

struct FaceDetectorOptions {
  DetectorKind detector = DetectorKind::kDlibHog;
  std::string model;        // YuNet's ONNX file
  int upsample = 1;         // dlib: how often the frame is doubled; with 1, faces from about 40 px are found
  int short_side_px = 480;  // a larger frame is scaled down to this short side for detection
};

/// THREAD: one thread at a time; each makes its own (dlib's first costs 0.25 s a process, any other nothing).
class FaceDetector {
 public:
  virtual ~FaceDetector() = default;
  /// Faces, best score first; boxes of all detectors are comparable with dlib's. THROWS Error(kData).
  virtual std::vector<DetectedFace> detect(const RgbImage& frame) = 0;
  /// The faces of a frame in which `known` ones were a frame ago, if each is found again near its place: then all that
  /// was found there, which are detect()'s faces but for those elsewhere. Else, or where searching near saves nothing,
  /// nothing: detect() must look. REQUIRES: the frame is as large as that one was.
  virtual std::optional<std::vector<DetectedFace>> detect_near(const RgbImage&, std::span<const DetectedFace>) {
    return std::nullopt;
  }
  /// What decides the boxes beside the options: "dlib 19.24", "yunet <digest of the model>, OpenCV 4.6".
  virtual std::string version() const = 0;
};

/// THROWS Error(kUsage) for a YuNet file that is missing or doesn't fit this OpenCV.
std::unique_ptr<FaceDetector> make_face_detector(const FaceDetectorOptions& options);

}  // namespace unmask
