#include "data/faces/dlib_scanner.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "data/frames/opencv_image.h"
#include "tests/data/faces/scaled_photo.h"

namespace unmask {
namespace {

const std::unique_ptr<DlibScanner>& generic() {
  static const std::unique_ptr<DlibScanner> scanner = make_dlib_scanner(Processor{});
  return scanner;
}
const std::unique_ptr<DlibScanner>& chosen() {
  static const std::unique_ptr<DlibScanner> scanner = make_dlib_scanner();
  return scanner;
}

cv::Mat grey_photo(const char* name, int width) {
  const RgbImage photo = scaled_photo(name, width);
  cv::Mat grey;
  cv::cvtColor(as_mat(photo), grey, cv::COLOR_RGB2GRAY);
  return grey;
}

// Scores are sums of some thousand products: one that is rounded otherwise shows.
TEST(DlibScanner, EveryBuildFindsTheSameBits) {
  std::size_t faces = 0;
  for (const char* name : {"astronaut.png", "hopper.jpg", "obama.jpg", "biden.jpg"}) {
    const cv::Mat grey = grey_photo(name, 203);
    const std::vector<DlibDetection> found = chosen()->scan(grey, 1);
    EXPECT_EQ(found, generic()->scan(grey, 1)) << name;
    EXPECT_EQ(chosen()->clone()->scan_level(grey), generic()->scan_level(grey)) << name;
    faces += found.size();
  }
  EXPECT_GE(faces, 4u);
}

TEST(DlibScanner, OneLevelIsSearchedForTheDetectorsOwnSizeAlone) {
  // A face that is found after doubling is 72 pixels or more wide there, in some level; of the doubled picture itself
  // only faces of about that size are found.
  const cv::Mat grey = grey_photo("obama.jpg", 300);
  const std::vector<DlibDetection> all = generic()->scan(grey, 1);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_GT(all.front().right - all.front().left, 120);
  cv::Mat doubled;
  cv::resize(grey, doubled, {}, 2, 2);
  EXPECT_TRUE(generic()->scan_level(doubled).empty());
}

TEST(DlibScanner, HidesWhatOverlapsABetterFace) {
  const DlibDetection face{100, 100, 180, 180, 1}, beside{300, 100, 380, 180, 0.5}, again{104, 100, 184, 180, 0.5};
  for (DlibScanner* scanner : {generic().get(), chosen().get()}) {
    EXPECT_TRUE(scanner->hides(face, again));
    EXPECT_FALSE(scanner->hides(face, beside));
  }
}

}  // namespace
}  // namespace unmask
