#include "data/synth/synth_camera.h"

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <cmath>

#include "tests/data/synth/drawn_plate.h"

namespace unmask::synth {
namespace {

std::vector<std::uint8_t> take_frame(const cv::Mat& plate, const Camera& camera, int number, Draws& frame) {
  return jpeg_file(take_picture(plate, camera, number, frame), camera);
}

TEST(SynthCameraTest, CamerasDifferAsTheDatasetsDo) {
  const cv::Mat plate = drawn_plate(5);
  for (std::uint32_t clip = 0; clip < 5; ++clip) {
    Draws studio_draws(2, DrawFor::kSynth, clip), web_draws(3, DrawFor::kSynth, clip), frame(4, DrawFor::kSynth, clip);
    const Camera studio = draw_camera(studio_draws, CameraLook::kStudio),
                 web = draw_camera(web_draws, CameraLook::kWeb);
    const std::vector<std::uint8_t> large = take_frame(plate, studio, 0, frame),
                                    small = take_frame(plate, web, 0, frame);
    EXPECT_EQ(cv::imdecode(large, cv::IMREAD_COLOR).cols, kPlatePx);
    const int px = cv::imdecode(small, cv::IMREAD_COLOR).cols;
    EXPECT_GE(px, 144);
    EXPECT_LE(px, 240);
    EXPECT_GT(large.size(), small.size());
  }
}

cv::Mat taken(const cv::Mat& plate, const Camera& camera, int number = 0) {
  Draws frame(4, DrawFor::kSynth, 1);
  return cv::imdecode(take_frame(plate, camera, number, frame), cv::IMREAD_COLOR);
}

/// A camera that changes nothing but what the file format does, and a jitter below a pixel.
Camera still_camera(int quality) {
  Camera camera;
  camera.quality = quality;
  return camera;
}

TEST(SynthCameraTest, ALowerJpegQualityLosesMoreAndTakesFewerBytes) {
  const cv::Mat plate = drawn_plate(5), best = taken(plate, still_camera(100));
  std::size_t bytes = 0;
  double lost = 1e9;
  for (const int quality : {45, 60, 75, 90, 97}) {
    Draws frame(4, DrawFor::kSynth, 1);
    const std::size_t size = take_frame(plate, still_camera(quality), 0, frame).size();
    const double difference = cv::norm(taken(plate, still_camera(quality)), best, cv::NORM_L1);
    EXPECT_GT(size, bytes) << quality;
    EXPECT_LT(difference, lost) << quality;
    bytes = size, lost = difference;
  }
}

TEST(SynthCameraTest, GainAndTintChangeTheLightByWhatTheySay) {
  const cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(100, 100, 100));
  Camera camera = still_camera(100);
  camera.gain = 1.2;
  camera.offset = 10;
  camera.tint[2] = 15;  // red
  const cv::Scalar mean = cv::mean(taken(plate, camera));
  EXPECT_NEAR(mean[0], 130, 1.5);
  EXPECT_NEAR(mean[1], 130, 1.5);
  EXPECT_NEAR(mean[2], 145, 1.5);
}

TEST(SynthCameraTest, NoiseHasTheDeviationThatIsAsked) {
  const cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(120, 120, 120));
  Camera camera = still_camera(100);
  camera.noise = 6;
  cv::Mat grey;  // the file halves the resolution of colours, not of grey
  cv::cvtColor(taken(plate, camera), grey, cv::COLOR_BGR2GRAY);
  cv::Scalar mean, deviation;
  cv::meanStdDev(grey, mean, deviation);
  EXPECT_NEAR(mean[0], 120, 0.5);
  EXPECT_NEAR(deviation[0], 6 * std::hypot(0.299, 0.587, 0.114), 0.3);  // three independent channels
}

TEST(SynthCameraTest, ThePictureDriftsFromFrameToFrame) {
  cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(0, 0, 0));
  plate(cv::Rect(150, 150, 20, 20)).setTo(cv::Scalar::all(255));
  Camera camera = still_camera(95);
  camera.drift_x = 2;
  const auto middle = [&](int number) {
    cv::Mat grey;
    cv::extractChannel(taken(plate, camera, number), grey, 1);
    double sum = 0, weighted = 0;
    for (int x = 0; x < grey.cols; ++x) {
      const double column = cv::sum(grey.col(x))[0];
      sum += column, weighted += column * x;
    }
    return weighted / sum;
  };
  EXPECT_NEAR(middle(4) - middle(0), 8, 0.5);
}

TEST(SynthCameraTest, AMaskLiesWhereThePictureShowsWhatItCovers) {
  const cv::Rect covered(140, 120, 50, 40);
  cv::Mat plate(kPlatePx, kPlatePx, CV_32FC3, cv::Scalar(0, 0, 0)), mask(kPlatePx, kPlatePx, CV_8U, cv::Scalar(0));
  plate(covered).setTo(cv::Scalar::all(255));
  mask(covered).setTo(255);
  Draws draws(3, DrawFor::kSynth, 7), frame(4, DrawFor::kSynth, 1);
  Camera camera = draw_camera(draws, CameraLook::kWeb);
  camera.noise = 0;
  const cv::Mat shown = take_mask(mask, camera, 3, frame), picture = take_picture(plate, camera, 3, frame);
  ASSERT_EQ(shown.size(), picture.size());
  ASSERT_EQ(shown.type(), CV_8UC3);
  EXPECT_GT(cv::countNonZero(shown.reshape(1) > 127), 1000);
  double least = 0, most = 0;
  cv::minMaxLoc(picture.reshape(1), &least, &most);
  cv::Mat differs = (shown.reshape(1) > 127) != (picture.reshape(1) > (least + most) / 2);
  EXPECT_LT(cv::countNonZero(differs), 3 * 60);  // edges, where light is bent
}

}  // namespace
}  // namespace unmask::synth
