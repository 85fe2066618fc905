#include "data/synth/synth_face.h"

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "data/faces/face_detector.h"
#include "tests/data/synth/drawn_plate.h"

namespace unmask::synth {
namespace {

TEST(SynthFaceTest, DrawnFacesAreFoundByTheDetector) {
  const auto detector = make_face_detector({});
  int found = 0;
  for (std::uint32_t who = 0; who < 30; ++who) {
    cv::Mat rgb;
    drawn_plate(who).convertTo(rgb, CV_8U);
    cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
    const RgbImage image{rgb.cols, rgb.rows, std::vector<std::uint8_t>(rgb.data, rgb.data + rgb.total() * 3)};
    const std::vector<DetectedFace> faces = detector->detect(image);
    if (faces.empty()) continue;
    ++found;
    EXPECT_NEAR((faces[0].left + faces[0].right) / 2, 160, 15) << "person " << who;
    EXPECT_NEAR(faces[0].right - faces[0].left, 154, 31) << "person " << who;
  }
  EXPECT_GE(found, 29);
}

TEST(SynthFaceTest, APersonLooksLikeThemselvesAndNotLikeOthers) {
  // The same face in another light differs from itself less, around eyes and nose, than two people in one light.
  const cv::Rect middle(115, 120, 90, 80);
  double own = 0, others = 0;
  for (std::uint32_t who = 0; who < 10; ++who) {
    const DrawnFace face = person(who), stranger = person(who + 20);
    const Draws scene(11, DrawFor::kSynth, who, 0, 1), pose(11, DrawFor::kSynth, who, 0, 2);
    const cv::Mat plate = paint_face(face, scene, pose);
    own += difference(plate, paint_face(face, scene, Draws(11, DrawFor::kSynth, who, 0, 9)), middle);
    others += difference(plate, paint_face(stranger, scene, pose), middle);
  }
  EXPECT_LT(own, others / 2);
}

TEST(SynthFaceTest, ThePoseMovesMouthEyesAndBrowsAlone) {
  const cv::Mat one = drawn_plate(3, 1, 2), other = drawn_plate(3, 1, 5);
  EXPECT_GT(difference(one, other, {120, 190, 80, 40}), 0);  // the mouth
  EXPECT_EQ(difference(one, other, {0, 0, kPlatePx, 80}), 0) << "hair and background";
  EXPECT_EQ(difference(one, other, {0, 260, kPlatePx, 60}), 0) << "clothes";
  EXPECT_EQ(difference(one, other, {0, 0, 60, kPlatePx}), 0) << "background";
}

TEST(SynthFaceTest, EqualDrawsGiveEqualPictures) {
  EXPECT_EQ(cv::norm(drawn_plate(7), drawn_plate(7), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(drawn_plate(7), drawn_plate(8), cv::NORM_INF), 50);
}

}  // namespace
}  // namespace unmask::synth
