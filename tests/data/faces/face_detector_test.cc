#include "data/faces/face_detector.h"

#include "base/error.h"
#include "data/faces/dlib_detector.h"
#include "tests/data/faces/scaled_photo.h"

namespace unmask {
namespace {

TEST(FaceDetector, TheDefaultIsDlibsWithOneDoubling) {
  const RgbImage frame = scaled_photo("obama.jpg", 200);
  const std::vector<DetectedFace> faces = make_face_detector({})->detect(frame);
  ASSERT_FALSE(faces.empty());
  EXPECT_EQ(faces, make_dlib_detector({DetectorKind::kDlibHog, "", 1, 480})->detect(frame));
}

TEST(FaceDetector, TheVersionNamesTheLibrary) {
  EXPECT_EQ(make_face_detector({})->version(), "dlib 19.24");  // of Debian 12; part of every store's digest
}

TEST(FaceDetector, YuNetIsTakenWhereItIsNamed) {
  EXPECT_THROW(make_face_detector({DetectorKind::kYuNet, "/nowhere/yunet.onnx", 1, 480}), Error);
}

}  // namespace
}  // namespace unmask
