#include "report/canvas.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/philox.h"
#include "tests/report/drawn_picture.h"

namespace unmask {
namespace {

using test_support::drawn_picture;

TEST(Canvas, TextFitsAndIsAscii) {
  Canvas canvas(200, 40);
  const int whole = canvas.text({0, 20}, "000_003 #12", 0.4, 200);
  EXPECT_GT(whole, 60);
  EXPECT_LE(canvas.text({0, 20}, "a_very_long_name_of_a_video_000_003 #12", 0.4, 100), 100);
  EXPECT_EQ(canvas.text({7, 20}, "no room", 0.4, 2), 7);
  Canvas first(200, 40), second(200, 40);
  first.text({0, 20}, "\x1b[2J\xc3\xa9", 0.4, 200);
  second.text({0, 20}, "?[2J??", 0.4, 200);
  EXPECT_EQ(first.png(), second.png());
}

TEST(Canvas, ACropKeepsItsColours) {
  for (const int px : {8, 32, 64}) {  // enlarged, as it is, made smaller
    std::vector<std::uint8_t> rgb;
    for (int i = 0; i < px * px; ++i) rgb.insert(rgb.end(), {250, 100, 3});
    Canvas canvas(50, 50);
    canvas.crop({9, 9, 32, 32}, px, rgb);
    const cv::Mat picture = drawn_picture(canvas.png());
    ASSERT_EQ(picture.size(), cv::Size(50, 50));
    for (const cv::Point place : {cv::Point(9, 9), cv::Point(25, 25), cv::Point(40, 40)}) {
      const auto pixel = picture.at<cv::Vec3b>(place);
      EXPECT_NEAR(pixel[2], 250, 7) << px;
      EXPECT_NEAR(pixel[1], 100, 7) << px;
      EXPECT_NEAR(pixel[0], 3, 7) << px;
    }
    EXPECT_EQ(picture.at<cv::Vec3b>(8, 8), cv::Vec3b(255, 255, 255));
    EXPECT_EQ(picture.at<cv::Vec3b>(41, 41), cv::Vec3b(255, 255, 255));
  }
  Canvas canvas(50, 50);
  EXPECT_THROW(canvas.crop({9, 9, 32, 32}, 8, std::vector<std::uint8_t>(7)), std::logic_error);
}

TEST(Canvas, ACropOfNoiseTakesLittle) {
  constexpr int kPx = 96;
  std::vector<std::uint8_t> rgb;
  Draws draws(1, DrawFor::kProbe);
  for (int i = 0; i < kPx * kPx * 3; ++i)
    rgb.push_back(static_cast<std::uint8_t>(128 + 80 * std::sin(i / 3 % kPx / 20.0) + 7 * draws.normal()));
  Canvas canvas(kPx, kPx);
  canvas.crop({0, 0, kPx, kPx}, kPx, rgb);
  EXPECT_LT(canvas.png().size(), 300'000u / 24) << "a picture has 24 of them";
}

}  // namespace
}  // namespace unmask
