#include "data/audit/probe_match.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "data/audit/crop_match.h"
#include "data/synth/synth_face.h"
#include "data/synth/synth_paint.h"
#include "tests/data/audit/audit_pictures.h"

namespace unmask {
namespace {

using test::kPicturePx;
using test::picture;
using test::Rgb;

constexpr SketchWindow kSame = {};

CropProbe probe(const Rgb& rgb) { return probe_crop(0, rgb, kPicturePx); }

/// A square of a picture of twice kPicturePx, or of a drawn face's plate.
struct Box {
  double side = 0, x = 0, y = 0;  // x, y: its middle
};
Rgb cut(const cv::Mat& picture, const Box& box) {
  const auto side = static_cast<int>(box.side);
  cv::Mat part, crop;
  cv::getRectSubPix(picture, {side, side}, cv::Point2f(static_cast<float>(box.x), static_cast<float>(box.y)), part);
  cv::resize(part, crop, {kPicturePx, kPicturePx}, 0, 0, cv::INTER_AREA);
  return test::as_rgb(crop);
}

/// The one of sketch_windows() through which a crop of `second` shows the middle of one of `first` best.
SketchWindow window_between(const Box& first, const Box& second) {
  const SketchWindow exact = {first.side / second.side, (first.x - second.x) / second.side,
                              (first.y - second.y) / second.side};
  const auto away = [&](const SketchWindow& window) {
    return std::hypot(window.size - exact.size, window.right - exact.right, window.down - exact.down);
  };
  return *std::ranges::min_element(sketch_windows(), {}, away);
}

TEST(ProbeMatchTest, CopiesInPlaceMayMatch) {
  for (std::uint32_t number = 0; number < 20; ++number) {
    const Rgb rgb = picture(number);
    const CropProbe own = probe(rgb);
    EXPECT_NEAR(probe_similarity(own, own, false, kSame), 1, 1e-6);
    EXPECT_TRUE(may_match(own, probe(test::re_encoded(test::resized(rgb))), false, kSame));
    EXPECT_TRUE(may_match(own, probe(test::mirrored(rgb)), true, kSame));
    EXPECT_TRUE(may_match(own, probe(test::swapped(rgb, number + 100)), false, kSame));
    EXPECT_FALSE(may_match(own, probe(test::mirrored(rgb)), false, kSame));
    EXPECT_FALSE(may_match(own, probe(picture(number + 100)), false, kSame));
    // Whatever window brought them together: in place they are looked at too.
    EXPECT_TRUE(may_match(own, own, false, {0.87, 0.05, 0.05}));
  }
}

TEST(ProbeMatchTest, TheWindowTellsWhereToLook) {
  constexpr int kPlatePx = 2 * kPicturePx;
  const Box first = {136, 112, 112};
  for (std::uint32_t number = 0; number < 8; ++number) {
    Rgb rgb = picture(number, kPlatePx);
    const cv::Mat plate = test::as_image(rgb, kPlatePx);
    const CropProbe own = probe(cut(plate, first));
    for (const Box& second : {Box{122, 117, 108}, {136, 118, 106}, {150, 106, 119}, {156, 112, 112}}) {
      const Rgb copy = test::re_encoded(cut(plate, second));
      const SketchWindow window = window_between(first, second);
      EXPECT_TRUE(may_match(own, probe(copy), false, window)) << second.side;
      const SketchWindow mirrored = {window.size, -window.right, window.down};  // of the crop as it is
      EXPECT_TRUE(may_match(own, probe(test::mirrored(copy)), true, mirrored)) << second.side;
      EXPECT_FALSE(may_match(own, probe(picture(number + 100)), false, window)) << second.side;
    }
    const Box far = {156, 120, 104};
    EXPECT_FALSE(may_match(own, probe(cut(plate, far)), false, {0.87, 0.05, -0.05})) << "the other way";
  }
}

/// What is told apart here match_crops never sees.
TEST(ProbeMatchTest, NoCopyOfADrawnFaceIsLost) {
  const Box first = {230, 160, 160};
  int confirmed = 0, others_left = 0;
  CropProbe former{};
  for (std::uint32_t person = 0; person < 24; ++person) {
    Draws draws(5, DrawFor::kSynth, person), box(9, DrawFor::kSynth, person);
    const synth::DrawnFace face = synth::draw_face(draws);
    cv::Mat plate =
        synth::paint_face(face, Draws(5, DrawFor::kSynth, person, 0, 1), Draws(5, DrawFor::kSynth, person, 0, 2));
    plate.convertTo(plate, CV_8U);
    const Rgb own = cut(plate, first);
    if (person > 0) others_left += may_match(probe(own), former, false, kSame);
    former = probe(own);
    for (int i = 0; i < 3; ++i) {
      const Box second = {box.uniform(200, 264), box.uniform(148, 172), box.uniform(148, 172)};
      const Rgb copy = test::re_encoded(cut(plate, second), 30 + 20 * i);
      if (!match_crops({own, kPicturePx}, {copy, kPicturePx}, false).is_copy()) continue;
      ++confirmed;
      EXPECT_TRUE(may_match(probe(own), probe(copy), false, window_between(first, second)))
          << person << ": " << second.side << ", " << second.x << ", " << second.y;
    }
  }
  EXPECT_GE(confirmed, 50);
  EXPECT_EQ(others_left, 0) << "different people would be looked at whole";
}

TEST(ProbeMatchTest, NothingIsLikeNothing) {
  const CropProbe black = probe(Rgb(kPicturePx * kPicturePx * 3));
  for (const SketchWindow& window : sketch_windows()) {
    EXPECT_EQ(probe_similarity(black, black, false, window), 0);
    EXPECT_FALSE(may_match(black, probe(picture(0)), true, window));
  }
}

}  // namespace
}  // namespace unmask
