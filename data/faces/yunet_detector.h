// YuNet, from a model file, by OpenCV. Its boxes are made comparable with dlib's.
#pragma once

#include <memory>

#include "data/faces/face_detector.h"

namespace unmask {

/// THROWS Error(kUsage) for a model file that is missing or doesn't fit this OpenCV.
std::unique_ptr<FaceDetector> make_yunet_detector(const FaceDetectorOptions& options);

}  // namespace unmask
