#include "data/synth/synth_paint.h"

#include <gtest/gtest.h>

#include <numbers>

namespace unmask::synth {
namespace {

cv::Mat black_plate() { return cv::Mat(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(0, 0, 0)); }

TEST(SynthPaintTest, AnEllipseCoversItsArea) {
  const double area = std::numbers::pi * 60.5 * 40.5;  // OpenCV's polygons reach half a pixel beyond their outline
  EXPECT_NEAR(cv::sum(coverage(ellipse_outline({160, 160}, 60, 40), 0))[0], area, 60);
  // Turned and with a soft edge it covers the same.
  EXPECT_NEAR(cv::sum(coverage(ellipse_outline({160, 160}, 60, 40, 30), 3))[0], area, 60);
  // A higher power fills its box more.
  EXPECT_GT(cv::sum(coverage(ellipse_outline({160, 160}, 60, 40, 0, 4), 0))[0], 60 * 40 * 3.5);
}

TEST(SynthPaintTest, ABandIsAsThickAsItSaysAndThinnerAtItsEnds) {
  const cv::Mat cover = coverage(band_outline({{60, 160}, {160, 160}, {260, 160}}, 20, 0.5), 0);
  EXPECT_NEAR(cv::sum(cover.col(160))[0], 21, 1);
  EXPECT_NEAR(cv::sum(cover.col(62))[0], 11, 1);
  EXPECT_EQ(cv::sum(cover.col(50))[0], 0);
}

TEST(SynthPaintTest, PaintCoversTheInsideByItsOpacity) {
  cv::Mat plate = black_plate();
  paint(plate, ellipse_outline({160, 160}, 60, 40), {40, 80, 120}, 1, 0.5);
  EXPECT_EQ(plate.at<cv::Vec3f>(160, 160), cv::Vec3f(20, 40, 60));
  EXPECT_EQ(plate.at<cv::Vec3f>(160, 240), cv::Vec3f(0, 0, 0));
  const cv::Mat texture(kPlatePx, kPlatePx, CV_32F, cv::Scalar(1.5));
  paint(plate, ellipse_outline({160, 160}, 60, 40), {40, 80, 120}, 1, 1, texture);
  EXPECT_EQ(plate.at<cv::Vec3f>(160, 160), cv::Vec3f(60, 120, 180));
}

TEST(SynthPaintTest, OutlinesMayLeaveThePlate) {
  cv::Mat plate = black_plate();
  paint(plate, ellipse_outline({0, 0}, 50, 50), {9, 9, 9}, 4);
  EXPECT_NEAR(plate.at<cv::Vec3f>(10, 10)[1], 9, 1e-3);
  paint(plate, ellipse_outline({-500, 160}, 50, 50), {200, 200, 200}, 4);
  paint(plate, ellipse_outline({160, 900}, 50, 50), {200, 200, 200}, 4);
  double highest = 0;
  cv::minMaxLoc(plate.reshape(1), nullptr, &highest);
  EXPECT_LE(highest, 9.001);
}

TEST(SynthPaintTest, MixingIsByTheShareOfEachPixel) {
  cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(10, 20, 30)), cover(kPlatePx, kPlatePx, CV_32F, cv::Scalar(0));
  const cv::Mat other(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(110, 120, 130));
  cover.at<float>(1, 1) = 0.25f;
  cover.at<float>(2, 2) = 1;
  mix_in(plate, other, cover);
  EXPECT_EQ(plate.at<cv::Vec3f>(0, 0), cv::Vec3f(10, 20, 30));
  EXPECT_EQ(plate.at<cv::Vec3f>(1, 1), cv::Vec3f(35, 45, 55));
  EXPECT_EQ(plate.at<cv::Vec3f>(2, 2), cv::Vec3f(110, 120, 130));
}

TEST(SynthPaintTest, SmoothNoiseHasItsDeviationAndNoEdges) {
  Draws draws(5, DrawFor::kSynth);
  const cv::Mat noise = smooth_noise(draws, 40, 40, 3);
  cv::Scalar mean, deviation;
  cv::meanStdDev(noise, mean, deviation);
  EXPECT_NEAR(mean[0], 0, 0.3);
  EXPECT_NEAR(deviation[0], 3, 0.8);  // between grid points it is less
  double step = 0;
  for (int x = 1; x < kPlatePx; ++x) step = std::max(step, cv::norm(noise.col(x), noise.col(x - 1), cv::NORM_INF));
  EXPECT_LT(step, 3);  // 8 pixels from one draw to the next
}

}  // namespace
}  // namespace unmask::synth
