#include "data/faces/face_finder.h"

#include <gtest/gtest.h>
#include <opencv2/videoio.hpp>

#include "data/frames/opencv_image.h"
#include "tests/data/faces/scaled_photo.h"

namespace unmask {
namespace {

const std::vector<RgbImage>& carphone() {
  static const std::vector<RgbImage> frames = [] {
    std::vector<RgbImage> result;
    cv::VideoCapture video(face_file("carphone.mp4").native());
    for (cv::Mat bgr; video.read(bgr);) result.push_back(from_bgr(bgr));
    return result;
  }();
  return frames;
}

/// A grey frame with photos of this width at these places.
struct Pasted {
  const char* name;
  int width, x, y;
};
RgbImage scene(const std::vector<Pasted>& photos, int grey = 90) {
  RgbImage frame{640, 360, std::vector<std::uint8_t>(640 * 360 * 3, static_cast<std::uint8_t>(grey))};
  cv::Mat whole(360, 640, CV_8UC3, frame.rgb.data());
  for (const Pasted& one : photos) {
    const RgbImage photo = scaled_photo(one.name, one.width);
    const cv::Rect place = cv::Rect(one.x, one.y, photo.width, photo.height) & cv::Rect(0, 0, 640, 360);
    as_mat(photo)(place - place.tl()).copyTo(whole(place));
  }
  return frame;
}

TEST(FaceFinder, TrackedFindsTheBoxesOfTheFullSearchInARealVideo) {
  FaceFinder tracked({}, FaceChoice::kTracked), full({}, FaceChoice::kBest);
  std::size_t faces = 0, equal = 0;
  for (const RgbImage& frame : carphone()) {
    const std::vector<FoundFace> near = tracked.find(frame), whole = full.find(frame);
    if (whole.empty()) continue;
    ++faces;
    ASSERT_FALSE(near.empty());  // no face is lost
    equal += overlap(near.front().face, whole.front().face) >= 0.9;
  }
  EXPECT_GE(faces, 110u);
  EXPECT_GE(static_cast<double>(equal), 0.99 * static_cast<double>(faces));
}

TEST(FaceFinder, TrackedFollowsAMovingAndGrowingFace) {
  FaceFinder tracked({}, FaceChoice::kTracked), full({}, FaceChoice::kBest);
  for (int i = 0; i < 12; ++i) {
    const RgbImage frame = scene({{"obama.jpg", 150 + 6 * i, 20 + 25 * i, 10 + 5 * i}});
    const std::vector<FoundFace> near = tracked.find(frame), whole = full.find(frame);
    ASSERT_EQ(whole.size(), 1u) << i;
    ASSERT_EQ(near.size(), 1u) << i;
    EXPECT_EQ(near.front().face, whole.front().face) << i;
  }
}

TEST(FaceFinder, ACutIsSearchedInFull) {
  FaceFinder finder({}, FaceChoice::kTracked);
  EXPECT_EQ(finder.find(scene({{"obama.jpg", 200, 20, 20}})).size(), 1u);
  // The same place still holds the face, but the scene is another, with a second person.
  EXPECT_EQ(finder.find(scene({{"obama.jpg", 200, 20, 20}, {"hopper.jpg", 220, 380, 20}}, 200)).size(), 2u);
}

TEST(FaceFinder, AFaceThatEntersIsSeenWithinEightFrames) {
  FaceFinder finder({}, FaceChoice::kTracked);
  const RgbImage one = scene({{"obama.jpg", 200, 20, 20}});
  const RgbImage two = scene({{"obama.jpg", 200, 20, 20}, {"hopper.jpg", 100, 500, 200}});
  finder.find(one);
  std::vector<std::size_t> counts;
  for (int i = 0; i < 8; ++i) counts.push_back(finder.find(two).size());
  EXPECT_EQ(counts.front(), 1u);  // or the search near known faces isn't one
  EXPECT_EQ(counts.back(), 2u);
}

TEST(FaceFinder, AFaceThatJumpsIsSearchedInFull) {
  FaceFinder finder({}, FaceChoice::kTracked);
  EXPECT_EQ(finder.find(scene({{"obama.jpg", 200, 20, 20}})).size(), 1u);
  const std::vector<FoundFace> jumped = finder.find(scene({{"obama.jpg", 200, 240, 100}}));
  ASSERT_EQ(jumped.size(), 1u);
  EXPECT_GT(jumped.front().face.left, 200);
}

TEST(FaceFinder, StartForgetsTheFramesBefore) {
  FaceFinder finder({}, FaceChoice::kTracked), fresh({}, FaceChoice::kTracked);
  const RgbImage two = scene({{"obama.jpg", 200, 20, 20}, {"hopper.jpg", 100, 500, 200}});
  finder.find(scene({{"obama.jpg", 200, 20, 20}}));
  finder.start();
  EXPECT_EQ(finder.find(two).size(), fresh.find(two).size());
}

TEST(FaceFinder, AllSeesEveryFaceInEveryFrameAndLargestAndBestOne) {
  FaceFinder all({}, FaceChoice::kAll), largest({}, FaceChoice::kLargest), best({}, FaceChoice::kBest);
  const RgbImage one = scene({{"obama.jpg", 200, 20, 20}});
  const RgbImage two = scene({{"obama.jpg", 200, 20, 20}, {"hopper.jpg", 100, 500, 200}});
  EXPECT_EQ(all.find(one).size(), 1u);
  const std::vector<FoundFace> both = all.find(two);
  ASSERT_EQ(both.size(), 2u);
  ASSERT_EQ(largest.find(two).size(), 1u);
  EXPECT_LT(largest.find(two).front().face.left, 250);
  ASSERT_EQ(best.find(two).size(), 1u);
  EXPECT_EQ(best.find(two).front().face, both.front().face);
}

TEST(FaceFinder, TheMaskMarksWhoWasAltered) {
  // A mask of half the size: a bright area over the right person's face alone, on H.264's nearly black.
  RgbImage mask{320, 180, std::vector<std::uint8_t>(320 * 180 * 3, 12)};
  cv::Mat(180, 320, CV_8UC3, mask.rgb.data())(cv::Rect(200, 20, 90, 90)).setTo(cv::Scalar(255, 255, 255));
  const RgbImage frame = scene({{"obama.jpg", 200, 20, 20}, {"hopper.jpg", 220, 380, 20}});
  FaceFinder tracked({}, FaceChoice::kTracked), best({}, FaceChoice::kBest);
  const std::vector<std::vector<FoundFace>> found = {tracked.find(frame, &mask)};
  ASSERT_EQ(found[0].size(), 2u);
  const std::vector<ChosenFace> chosen = choose_faces(FaceChoice::kTracked, found);
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_GT(found[0][chosen[0].face].face.left, 300);
  EXPECT_EQ(best.find(frame, &mask).front().altered, 0);
  EXPECT_TRUE(wants_masks(FaceChoice::kTracked));
  EXPECT_FALSE(wants_masks(FaceChoice::kBest));
}

TEST(FaceFinder, AlteredIsTheShareOfTheBrightArea) {
  RgbImage mask{100, 50, std::vector<std::uint8_t>(100 * 50 * 3, 0)};
  cv::Mat(50, 100, CV_8UC3, mask.rgb.data())(cv::Rect(10, 10, 20, 20)).setTo(cv::Scalar(200, 200, 200));
  std::vector<FoundFace> faces = {
      {{20, 20, 59, 59, 1}}, {{20, 20, 39, 59, 1}}, {{100, 0, 150, 99, 1}}, {{-50, -50, -10, -10, 1}}};
  mark_altered(mask, 200, 100, faces);
  EXPECT_DOUBLE_EQ(faces[0].altered, 1);
  EXPECT_DOUBLE_EQ(faces[1].altered, 0.5);
  EXPECT_DOUBLE_EQ(faces[2].altered, 0);
  EXPECT_DOUBLE_EQ(faces[3].altered, 0);
}

}  // namespace
}  // namespace unmask
