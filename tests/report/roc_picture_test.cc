#include "report/roc_picture.h"

#include <algorithm>
#include <array>
#include <random>

#include <gtest/gtest.h>

#include "report/canvas.h"
#include "tests/report/drawn_picture.h"

namespace unmask {
namespace {

TEST(RocPicture, PointsAreTheRatesAtEveryThreshold) {
  std::mt19937 draws(3);
  for (const int count : {2, 10, 200}) {
    std::vector<Scored> scores = {{0, 0.25}, {1, 0.25}};
    while (static_cast<int>(scores.size()) < count)
      scores.push_back({static_cast<std::uint8_t>(draws() % 2), static_cast<double>(draws() % 17) / 16});
    std::vector<double> thresholds;
    for (const Scored& each : scores) thresholds.push_back(each.score);
    std::ranges::sort(thresholds, std::ranges::greater());
    thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
    const RocLine line = roc_line("base", scores);
    ASSERT_EQ(line.points.size(), 1 + thresholds.size());
    EXPECT_EQ(line.points[0].true_positives + line.points[0].false_positives, 0);
    double area = 0;
    for (std::size_t i = 0; i < thresholds.size(); ++i) {
      double above[2] = {}, all[2] = {};
      for (const Scored& each : scores) {
        all[each.label] += 1;
        above[each.label] += each.score >= thresholds[i] ? 1 : 0;
      }
      const RocPoint& point = line.points[i + 1];
      EXPECT_DOUBLE_EQ(point.false_positives, above[0] / all[0]);
      EXPECT_DOUBLE_EQ(point.true_positives, above[1] / all[1]);
      area += (point.false_positives - line.points[i].false_positives) *
              (point.true_positives + line.points[i].true_positives) / 2;
    }
    EXPECT_NEAR(line.auc.value(), area, 1e-12) << "the number that stands beside the line is its area";
  }
}

TEST(RocPicture, OneClassHasNoLine) {
  const RocLine line = roc_line("base", std::vector<Scored>{{1, 0.5}, {1, 0.75}});
  EXPECT_TRUE(line.points.empty());
  EXPECT_FALSE(line.auc);
  EXPECT_FALSE(roc_picture("epoch 1", std::array{line}).empty());
}

TEST(RocPicture, ALineRunsWhereItsPointsAre) {
  const std::array lines = {RocLine{"base", {{0, 0}, {0, 0.5}, {0.5, 0.5}, {0.5, 1}, {1, 1}}, 0.75},
                            RocLine{"augment", {{0, 0}, {1, 0}, {1, 1}}, 0.0}};
  const std::string png = roc_picture("epoch 1", lines);
  EXPECT_EQ(roc_picture("epoch 1", lines), png);
  const cv::Mat picture = test_support::drawn_picture(png);
  const auto is = [&](int x, int y, const cv::Scalar& colour) {
    return picture.at<cv::Vec3b>(y, x) == cv::Vec3b(static_cast<std::uint8_t>(colour[0]),
                                                    static_cast<std::uint8_t>(colour[1]),
                                                    static_cast<std::uint8_t>(colour[2]));
  };
  EXPECT_TRUE(is(52 + 60, 38 + 140, ink::kBlue)) << "half of the fakes at a fifth of the reals";
  EXPECT_TRUE(is(52 + 140, 38 + 70, ink::kBlue));
  EXPECT_TRUE(is(52 + 60, 38 + 280, ink::kVermilion));
  EXPECT_FALSE(is(52 + 60, 38 + 70, ink::kBlue));
}

}  // namespace
}  // namespace unmask
