#include "report/display_picture.h"

#include <array>

#include <gtest/gtest.h>

#include "report/canvas.h"
#include "tests/report/drawn_picture.h"

namespace unmask {
namespace {

DisplayCell cell(std::uint8_t label, double score) {
  return {label, score, label != 0 ? "face2face" : "real", "000_003 #12", 16, std::vector<std::uint8_t>(16 * 16 * 3)};
}

TEST(DisplayPicture, TruthIsTheColourOfTheFrame) {
  constexpr int kOfAFrame = 104 * 104 - 96 * 96;
  for (const std::uint8_t label : {0, 1}) {
    const DisplayBlock none{"base/val", {{"row", {}}}};
    const DisplayBlock two{"base/val", {{"row", {cell(label, 0.9), cell(label, 0.1)}}}};
    const cv::Mat empty = test_support::drawn_picture(display_picture("epoch 1", std::array{none}));
    const cv::Mat drawn = test_support::drawn_picture(display_picture("epoch 1", std::array{two}));
    ASSERT_EQ(empty.size(), drawn.size());
    for (const bool fake : {false, true}) {
      const cv::Scalar& colour = fake ? ink::kFake : ink::kReal;
      const int more = test_support::pixels_of(drawn, colour) - test_support::pixels_of(empty, colour);
      EXPECT_EQ(more >= 2 * kOfAFrame, fake == (label != 0));
      EXPECT_LT(more, 2 * kOfAFrame + 500) << "frames and a word each";
    }
  }
}

TEST(DisplayPicture, IsAsLargeAsItsRowsAndTheSameBytes) {
  DisplayBlock block{"base/val", {{"row", std::vector<DisplayCell>(8, cell(1, 0.5))}, {"row", {cell(0, 0.25)}}}};
  const std::string one = display_picture("epoch 1", std::array{block});
  const cv::Mat small = test_support::drawn_picture(one);
  const cv::Mat large = test_support::drawn_picture(display_picture("epoch 1", std::array{block, block}));
  EXPECT_EQ(small.cols, 2 * 14 + 8 * 114 - 10);
  EXPECT_EQ(large.cols, small.cols);
  EXPECT_GT(large.rows, small.rows + 2 * 104);
  EXPECT_EQ(display_picture("epoch 1", std::array{block}), one);
  block.rows[0].cells[7].score = 0.502;
  EXPECT_NE(display_picture("epoch 1", std::array{block}), one) << "the last cell is drawn";
  EXPECT_FALSE(display_picture("", {}).empty());
}

}  // namespace
}  // namespace unmask
