#include "data/faces/face_detector.h"

#include "data/faces/dlib_detector.h"
#include "data/faces/yunet_detector.h"

namespace unmask {

std::unique_ptr<FaceDetector> make_face_detector(const FaceDetectorOptions& options) {
  return options.detector == DetectorKind::kDlibHog ? make_dlib_detector(options) : make_yunet_detector(options);
}

}  // namespace unmask
