#include "data/faces/face_detector.h"

#include <cmath>
#include <cstring>
#include <string>
#include <thread>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/philox.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

/// A real photo, scaled to the given width.
RgbImage photo(const std::string& name, int width) {
  const ReadFrame frame = read_frame(face_file(name), {});
  EXPECT_EQ(frame.status, FrameStatus::kOk) << name << ": " << frame.problem;
  const cv::Mat whole(frame.image.height, frame.image.width, CV_8UC3,
                      const_cast<std::uint8_t*>(frame.image.rgb.data()));
  const int height = static_cast<int>(std::lround(static_cast<double>(width) * whole.rows / whole.cols));
  cv::Mat scaled;
  cv::resize(whole, scaled, cv::Size(width, height), 0, 0, width < whole.cols ? cv::INTER_AREA : cv::INTER_LINEAR);
  return {width, height, std::vector<std::uint8_t>(scaled.data, scaled.data + scaled.total() * 3)};
}

FaceDetector& dlib_detector() {
  static const std::unique_ptr<FaceDetector> detector = make_face_detector({});
  return *detector;
}

struct Known {
  const char* name;
  double x, y, side;  // where the face is, as shares of the photo's width; read off the photos by eye
};
const Known kKnown[] = {{"astronaut.png", 0.44, 0.24, 0.19},
                        {"hopper.jpg", 0.52, 0.48, 0.38},
                        {"obama.jpg", 0.54, 0.30, 0.29},
                        {"biden.jpg", 0.60, 0.40, 0.32}};

TEST(DlibDetector, FindsTheFacesOfTheRealPhotos) {
  for (const Known& known : kKnown) {
    const std::vector<DetectedFace> faces = dlib_detector().detect(photo(known.name, 300));
    ASSERT_FALSE(faces.empty()) << known.name;
    const DetectedFace& face = faces.front();
    EXPECT_NEAR((face.left + face.right) / 2.0 / 300, known.x, 0.06) << known.name;
    EXPECT_NEAR((face.top + face.bottom) / 2.0 / 300, known.y, 0.06) << known.name;
    EXPECT_NEAR((face.right - face.left) / 300.0, known.side, 0.08) << known.name;
  }
}

TEST(DlibDetector, GivesTheBestScoreFirst) {
  // Two people side by side.
  const RgbImage left = photo("obama.jpg", 200), right = photo("hopper.jpg", 200);
  const int height = std::min(left.height, right.height);
  RgbImage both{400, height, std::vector<std::uint8_t>(static_cast<std::size_t>(400 * height * 3))};
  for (int row = 0; row < height; ++row) {
    std::memcpy(&both.rgb[static_cast<std::size_t>(row) * 1200], &left.rgb[static_cast<std::size_t>(row) * 600], 600);
    std::memcpy(&both.rgb[static_cast<std::size_t>(row) * 1200 + 600], &right.rgb[static_cast<std::size_t>(row) * 600],
                600);
  }
  const std::vector<DetectedFace> faces = dlib_detector().detect(both);
  ASSERT_EQ(faces.size(), 2u);
  EXPECT_GE(faces[0].score, faces[1].score);
  EXPECT_NE(faces[0].left < 200, faces[1].left < 200);
}

TEST(DlibDetector, FindsNoneWhereThereIsNone) {
  Draws draws(1, DrawFor::kSynth);
  RgbImage noise{320, 240, {}}, grey{320, 240, std::vector<std::uint8_t>(320 * 240 * 3, 128)};
  for (int i = 0; i < 320 * 240 * 3; ++i) noise.rgb.push_back(static_cast<std::uint8_t>(draws.below(256)));
  EXPECT_TRUE(dlib_detector().detect(noise).empty());
  EXPECT_TRUE(dlib_detector().detect(grey).empty());
}

TEST(DlibDetector, MapsBoxesBackFromTheScaledFrame) {
  const RgbImage frame = photo("astronaut.png", 512);
  const std::unique_ptr<FaceDetector> bounded = make_face_detector({DetectorKind::kDlibHog, "", 1, 256});
  const std::vector<DetectedFace> small = bounded->detect(frame), whole = dlib_detector().detect(frame);
  ASSERT_FALSE(small.empty());
  ASSERT_FALSE(whole.empty());
  EXPECT_NEAR(small[0].left, whole[0].left, 12);
  EXPECT_NEAR(small[0].top, whole[0].top, 12);
  EXPECT_NEAR(small[0].right, whole[0].right, 12);
  EXPECT_NEAR(small[0].bottom, whole[0].bottom, 12);
  EXPECT_EQ(small, bounded->detect(frame));
}

TEST(DlibDetector, SurvivesFramesOfAnyShape) {
  for (const auto& [width, height] : {std::pair(1, 1), {2, 3}, {1, 4000}, {5000, 1}, {79, 81}, {2000, 8}}) {
    const RgbImage frame{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * 3), 90)};
    EXPECT_TRUE(dlib_detector().detect(frame).empty()) << width << " x " << height;
  }
}

TEST(DlibDetector, GivesTheSameFromClonesInThreads) {
  const RgbImage frames[2] = {photo("obama.jpg", 240), photo("biden.jpg", 240)};
  std::vector<DetectedFace> expected[2], found[2];
  for (int i = 0; i < 2; ++i) expected[i] = dlib_detector().detect(frames[i]);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i, clone = std::shared_ptr(dlib_detector().clone())] {
        for (int repeat = 0; repeat < 3; ++repeat) found[i] = clone->detect(frames[i]);
      });
    }
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(expected[i].empty());
    EXPECT_EQ(found[i], expected[i]);
  }
}

std::string usage_error_of(const FaceDetectorOptions& options) {
  try {
    make_face_detector(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(FaceDetector, SaysWhatItWants) {
  const std::string missing = usage_error_of({DetectorKind::kYuNet, "/nowhere/yunet.onnx", 1, 480});
  EXPECT_NE(missing.find("detector_model: /nowhere/yunet.onnx"), std::string::npos) << missing;
  const TemporaryFolder folder;
  write_bytes(folder.path() / "garbage.onnx", {1, 2, 3, 4});
  const std::string garbage = usage_error_of({DetectorKind::kYuNet, (folder.path() / "garbage.onnx").native(), 1, 480});
  EXPECT_NE(garbage.find("face_detection_yunet_2022mar.onnx"), std::string::npos) << garbage;
}

}  // namespace
}  // namespace unmask
