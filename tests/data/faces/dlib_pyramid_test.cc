#include "data/faces/dlib_pyramid.h"

#include <cstring>

#include <dlib/array2d.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>
#include <gtest/gtest.h>

#include "base/philox.h"

namespace unmask {
namespace {

cv::Mat random_picture(cv::Size size, std::uint64_t seed) {
  Draws draws(seed, DrawFor::kSynth);
  cv::Mat grey(size, CV_8U);
  for (int row = 0; row < grey.rows; ++row) {
    for (int column = 0; column < grey.cols; ++column) {
      grey.at<std::uint8_t>(row, column) = static_cast<std::uint8_t>(draws.below(256));
    }
  }
  return grey;
}

/// All levels, by dlib itself.
std::vector<cv::Mat> levels_of_dlib(const cv::Mat& grey, int upsample, int levels) {
  dlib::array2d<unsigned char> image(grey.rows, grey.cols), next;
  for (int row = 0; row < grey.rows; ++row) std::memcpy(&image[row][0], grey.ptr(row), std::size_t(grey.cols));
  for (int i = 0; i < upsample; ++i) dlib::pyramid_up(image, dlib::pyramid_down<2>());
  std::vector<cv::Mat> result;
  for (int level = 0; level < levels; ++level) {
    cv::Mat copy(static_cast<int>(image.nr()), static_cast<int>(image.nc()), CV_8U);
    for (int row = 0; row < copy.rows; ++row) std::memcpy(copy.ptr(row), &image[row][0], std::size_t(copy.cols));
    result.push_back(copy);
    dlib::pyramid_down<6>()(image, next);
    swap(image, next);
  }
  return result;
}

bool equal(const cv::Mat& a, const cv::Mat& b) { return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0; }

TEST(DlibPyramid, WindowsHaveThePixelsOfDlibsLevels) {
  for (const cv::Size size : {cv::Size(853, 480), {640, 480}, {480, 271}, {176, 144}, {97, 333}}) {
    for (const int upsample : {0, 1, 2}) {
      const cv::Mat grey = random_picture(size, 1);
      const DlibPyramid pyramid(size, upsample);
      const std::vector<cv::Mat> truth = levels_of_dlib(grey, upsample, pyramid.levels());
      ASSERT_EQ(pyramid.levels(), static_cast<int>(truth.size()));
      Draws draws(2, DrawFor::kSynth);
      for (int level = 0; level < pyramid.levels(); ++level) {
        const cv::Size whole = pyramid.level_size(level);
        ASSERT_EQ(whole, truth[std::size_t(level)].size()) << size << " × " << upsample << ", level " << level;
        std::vector<cv::Rect> wanted(std::size_t(level) + 1);
        wanted.back() = cv::Rect(cv::Point(), whole);
        EXPECT_TRUE(equal(pyramid.windows(grey, wanted).back(), truth[std::size_t(level)])) << size << " " << level;
        const auto below = [&](int n) { return static_cast<int>(draws.below(static_cast<std::uint32_t>(n))); };
        const int x = below(whole.width), y = below(whole.height);
        wanted.back() = {x, y, 1 + below(whole.width - x), 1 + below(whole.height - y)};
        EXPECT_TRUE(equal(pyramid.windows(grey, wanted).back(), truth[std::size_t(level)](wanted.back())));
      }
    }
  }
}

TEST(DlibPyramid, GivesSeveralLevelsAtOnce) {
  const cv::Mat grey = random_picture({320, 240}, 3);
  const DlibPyramid pyramid(grey.size(), 1);
  const std::vector<cv::Mat> truth = levels_of_dlib(grey, 1, 4);
  const std::vector<cv::Rect> wanted = {{}, {8, 16, 100, 90}, {}, {200, 120, 80, 60}};
  const std::vector<cv::Mat> windows = pyramid.windows(grey, wanted);
  ASSERT_EQ(windows.size(), 4u);
  EXPECT_TRUE(windows[0].empty());
  EXPECT_TRUE(equal(windows[1], truth[1](wanted[1])));
  EXPECT_TRUE(equal(windows[3], truth[3](wanted[3])));
}

TEST(DlibPyramid, HasAsManyLevelsAsDlibSearches) {
  for (const cv::Size size : {cv::Size(853, 480), {300, 90}, {90, 300}, {79, 79}, {1, 1}, {40, 40}}) {
    dlib::array2d<unsigned char> image(size.height, size.width);
    dlib::assign_all_pixels(image, 7);
    dlib::pyramid_up(image, dlib::pyramid_down<2>());
    dlib::array<dlib::array<dlib::array2d<float>>> features;
    dlib::impl::create_fhog_pyramid<dlib::pyramid_down<6>>(image, dlib::default_fhog_feature_extractor(), features, 8,
                                                           10, 10, 80, 80, 1000);
    EXPECT_EQ(DlibPyramid(size, 1).levels(), static_cast<int>(features.size())) << size;
  }
}

}  // namespace
}  // namespace unmask
