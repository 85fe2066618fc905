#include "data/faces/dlib_detector.h"

#include <cstring>
#include <thread>

#include "base/philox.h"
#include "tests/data/faces/scaled_photo.h"

namespace unmask {
namespace {

FaceDetector& dlib_detector() {
  static const std::unique_ptr<FaceDetector> detector = make_dlib_detector({});
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
    const std::vector<DetectedFace> faces = dlib_detector().detect(scaled_photo(known.name, 300));
    ASSERT_FALSE(faces.empty()) << known.name;
    const DetectedFace& face = faces.front();
    EXPECT_NEAR((face.left + face.right) / 2.0 / 300, known.x, 0.06) << known.name;
    EXPECT_NEAR((face.top + face.bottom) / 2.0 / 300, known.y, 0.06) << known.name;
    EXPECT_NEAR((face.right - face.left) / 300.0, known.side, 0.08) << known.name;
  }
}

TEST(DlibDetector, GivesTheBestScoreFirst) {
  // Two people side by side.
  const RgbImage left = scaled_photo("obama.jpg", 200), right = scaled_photo("hopper.jpg", 200);
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

TEST(DlibDetector, NearIsWhatTheFullSearchFinds) {
  const std::unique_ptr<FaceDetector> bounded = make_dlib_detector({DetectorKind::kDlibHog, "", 1, 240});
  for (const Known& known : kKnown) {
    const RgbImage frame = scaled_photo(known.name, 300);
    for (FaceDetector* detector : {&dlib_detector(), bounded.get()}) {
      const std::vector<DetectedFace> whole = detector->detect(frame);
      ASSERT_FALSE(whole.empty()) << known.name;
      // Known a little elsewhere and larger.
      std::vector<DetectedFace> before = whole;
      for (DetectedFace& face : before) {
        face.left += 8;
        face.right += 14;
        face.bottom += 6;
      }
      const std::optional<std::vector<DetectedFace>> near = detector->detect_near(frame, before);
      ASSERT_TRUE(near) << known.name;
      EXPECT_EQ(*near, whole) << known.name;  // box and score, bit by bit
    }
  }
}

TEST(DlibDetector, NearIsNothingWhereNoFaceIs) {
  const RgbImage frame = scaled_photo("obama.jpg", 300);
  const std::vector<DetectedFace> elsewhere = {{0, 250, 60, 310, 1}};
  EXPECT_FALSE(dlib_detector().detect_near(frame, elsewhere));
  std::vector<DetectedFace> known = dlib_detector().detect(frame);
  known.push_back(elsewhere.front());
  EXPECT_FALSE(dlib_detector().detect_near(frame, known));
  const DetectedFace beyond{-5000, -5000, -4900, -4900, 1}, nowhere{3, 3, 3, 3, 1};
  EXPECT_FALSE(dlib_detector().detect_near(frame, std::vector{beyond}));
  EXPECT_FALSE(dlib_detector().detect_near(frame, std::vector{nowhere}));
}

TEST(DlibDetector, FindsNoneWhereThereIsNone) {
  Draws draws(1, DrawFor::kSynth);
  RgbImage noise{320, 240, {}}, grey{320, 240, std::vector<std::uint8_t>(320 * 240 * 3, 128)};
  for (int i = 0; i < 320 * 240 * 3; ++i) noise.rgb.push_back(static_cast<std::uint8_t>(draws.below(256)));
  EXPECT_TRUE(dlib_detector().detect(noise).empty());
  EXPECT_TRUE(dlib_detector().detect(grey).empty());
}

TEST(DlibDetector, MapsBoxesBackFromTheScaledFrame) {
  const RgbImage frame = scaled_photo("astronaut.png", 512);
  const std::unique_ptr<FaceDetector> bounded = make_dlib_detector({DetectorKind::kDlibHog, "", 1, 256});
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

TEST(DlibDetector, GivesTheSameInThreads) {
  const RgbImage frames[2] = {scaled_photo("obama.jpg", 240), scaled_photo("biden.jpg", 240)};
  std::vector<DetectedFace> expected[2], found[2];
  for (int i = 0; i < 2; ++i) expected[i] = dlib_detector().detect(frames[i]);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        const std::unique_ptr<FaceDetector> own = make_face_detector({});
        for (int repeat = 0; repeat < 3; ++repeat) found[i] = own->detect(frames[i]);
      });
    }
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(expected[i].empty());
    EXPECT_EQ(found[i], expected[i]);
  }
}

}  // namespace
}  // namespace unmask
