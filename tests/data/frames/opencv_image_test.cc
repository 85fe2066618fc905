#include "data/frames/opencv_image.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TEST(OpencvImage, RowsAndColoursStayInPlace) {
  // Two rows of three pixels, each with another red, green and blue.
  const RgbImage image{3, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19}};
  const cv::Mat rgb = as_mat(image);
  EXPECT_EQ(rgb.at<cv::Vec3b>(1, 2), cv::Vec3b(17, 18, 19));
  cv::Mat bgr(2, 3, CV_8UC3);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      const auto pixel = rgb.at<cv::Vec3b>(y, x);
      bgr.at<cv::Vec3b>(y, x) = {pixel[2], pixel[1], pixel[0]};
    }
  }
  const RgbImage back = from_bgr(bgr);
  EXPECT_EQ(back.width, 3);
  EXPECT_EQ(back.height, 2);
  EXPECT_EQ(back.rgb, image.rgb);
}

TEST(OpencvImage, APartOfALargerImageIsCopiedWithoutTheRest) {
  cv::Mat large(10, 10, CV_8UC3, cv::Scalar(9, 9, 9));
  large(cv::Rect(4, 5, 2, 1)).setTo(cv::Scalar(1, 2, 3));
  EXPECT_EQ(from_bgr(large(cv::Rect(4, 5, 2, 1))).rgb, (std::vector<std::uint8_t>{3, 2, 1, 3, 2, 1}));
}

TEST(OpencvImage, BytesThatAreNoImageAreAFaultAndNoException) {
  EXPECT_EQ(decode_with_opencv({'n', 'o', 'n', 'e'}, {}).status, FrameStatus::kTruncated);
  EXPECT_EQ(decode_with_opencv({}, {}).status, FrameStatus::kTruncated);
}

}  // namespace
}  // namespace unmask
