#include "data/faces/yunet_detector.h"

#include "base/error.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

std::string usage_error_of(const FaceDetectorOptions& options) {
  try {
    make_yunet_detector(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(YunetDetector, NamesTheKeyOfAModelThatIsMissing) {
  const std::string missing = usage_error_of({DetectorKind::kYuNet, "/nowhere/yunet.onnx", 1, 480});
  EXPECT_NE(missing.find("prepare.detector_model: /nowhere/yunet.onnx"), std::string::npos) << missing;
}

TEST(YunetDetector, SaysWhichModelThisOpenCvWants) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "garbage.onnx", {1, 2, 3, 4});
  const std::string garbage = usage_error_of({DetectorKind::kYuNet, (folder.path() / "garbage.onnx").native(), 1, 480});
  EXPECT_NE(garbage.find("face_detection_yunet_2022mar.onnx"), std::string::npos) << garbage;
}

}  // namespace
}  // namespace unmask
