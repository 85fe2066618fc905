#include "data/faces/detection_image.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

cv::Size size_of(int width, int height, int short_side_px) {
  return detection_image(cv::Mat(height, width, CV_8UC1, cv::Scalar(7)), short_side_px).size();
}

TEST(DetectionImage, ALargeFrameIsScaledDownToTheShortSide) {
  EXPECT_EQ(size_of(1920, 1080, 480), cv::Size(853, 480));
  EXPECT_EQ(size_of(1080, 1920, 480), cv::Size(480, 853));
  EXPECT_EQ(size_of(100'000, 1000, 480), cv::Size(48'000, 480));
}

TEST(DetectionImage, ASmallFrameIsTakenAsItIs) {
  const cv::Mat image(480, 640, CV_8UC1, cv::Scalar(7));
  EXPECT_EQ(detection_image(image, 480).data, image.data);
}

TEST(DetectionImage, StripesFinerThanThePixelsBecomeTheirMean) {
  cv::Mat stripes(800, 800, CV_8UC1);
  for (int x = 0; x < 800; ++x) stripes.col(x).setTo(x % 2 == 0 ? 0 : 200);
  const cv::Mat small = detection_image(stripes, 100);
  EXPECT_EQ(cv::countNonZero(small != 100), 0);
}

}  // namespace
}  // namespace unmask
