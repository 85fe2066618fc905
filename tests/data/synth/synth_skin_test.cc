#include "data/synth/synth_skin.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/data/synth/drawn_plate.h"

namespace unmask::synth {
namespace {

cv::Mat skin_of(std::uint32_t who, const Lamp& lamp) {
  cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(0, 0, 0));
  paint_skin(plate, person(who), lamp);
  return plate;
}

double brightness(const cv::Mat& plate, const cv::Rect& area) {
  const cv::Scalar mean = cv::mean(plate(area));
  return mean[0] + mean[1] + mean[2];
}

TEST(SynthSkinTest, LampsShineFromTheFrontAndHaveUnitLength) {
  for (std::uint32_t number = 0; number < 100; ++number) {
    Draws draws(3, DrawFor::kSynth, number);
    const Lamp lamp = draw_lamp(draws);
    EXPECT_NEAR(std::hypot(lamp.x, lamp.y, lamp.z), 1, 1e-5);
    EXPECT_GT(lamp.z, 0.5f);
    EXPECT_LT(lamp.y, 0);  // from above
  }
}

TEST(SynthSkinTest, TheCheekTowardsTheLampIsBrighter) {
  const cv::Rect left(100, 160, 30, 30), right(190, 160, 30, 30);
  for (const std::uint32_t who : {1u, 2u, 3u}) {
    const cv::Mat from_left = skin_of(who, {-0.6f, 0, 0.8f, 0.5f, 0}),
                  from_right = skin_of(who, {0.6f, 0, 0.8f, 0.5f, 0});
    EXPECT_GT(brightness(from_left, left), brightness(from_left, right) * 1.1);
    EXPECT_GT(brightness(from_right, right), brightness(from_right, left) * 1.1);
  }
}

TEST(SynthSkinTest, TheHeadEndsWhereTheFaceSays) {
  const cv::Mat plate = skin_of(4, {});
  const DrawnFace face = person(4);
  EXPECT_GT(brightness(plate, {155, 160, 10, 10}), 50);
  EXPECT_LT(brightness(plate, {150, static_cast<int>(face.chin_y) + 12, 20, 10}), 0.1);
  EXPECT_LT(brightness(plate, {static_cast<int>(160 - face.half_width) - 22, 150, 10, 10}), 0.1);
}

}  // namespace
}  // namespace unmask::synth
