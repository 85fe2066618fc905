#include "data/faces/yunet_detector.h"

#include <array>
#include <sstream>

#include "base/error.h"
#include "tests/data/real_faces.h"
#include "tests/support/python.h"

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

/// Of a frame of twice the size that is searched: boxes as dlib's (docs/dataset_layouts.md), points where they are.
TEST(YunetDetector, FindsBoxesAndPointsInPixelsOfTheFrameTheBestFirst) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "stand_in.onnx").native();
  std::istringstream reference(test_support::run_python("tests/data/faces/yunet_stand_in.py", {file}));
  std::vector<std::array<double, 15>> wanted(2);  // score, left, top, width, height, points
  for (std::array<double, 15>& face : wanted) {
    for (double& number : face) ASSERT_TRUE(reference >> number);
  }
  std::swap(wanted[0], wanted[1]);  // the second has the better score
  const RgbImage frame{640, 480, std::vector<std::uint8_t>(640 * 480 * 3, 90)};
  const std::vector<DetectedFace> found = make_yunet_detector({DetectorKind::kYuNet, file, 1, 240})->detect(frame);
  ASSERT_EQ(found.size(), 2u);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double score = wanted[i][0], left = wanted[i][1], top = wanted[i][2], width = wanted[i][3];
    const double height = wanted[i][4];
    const double half = 0.92 * 2 * width / 2, centre_x = 2 * left + width, centre_y = 2 * (top + 0.54 * height);
    EXPECT_NEAR(found[i].score, score, 1e-5);
    EXPECT_NEAR(found[i].left, centre_x - half, 0.51);
    EXPECT_NEAR(found[i].top, centre_y - half, 0.51);
    EXPECT_NEAR(found[i].right, centre_x + half, 0.51);
    EXPECT_NEAR(found[i].bottom, centre_y + half, 0.51);
    ASSERT_TRUE(found[i].points);
    for (std::size_t point = 0; point < 5; ++point) {
      EXPECT_NEAR((*found[i].points)[point].x, 2 * wanted[i][5 + 2 * point], 1e-3) << point;
      EXPECT_NEAR((*found[i].points)[point].y, 2 * wanted[i][6 + 2 * point], 1e-3) << point;
    }
  }
}

}  // namespace
}  // namespace unmask
