#include "model/score/calibration_measures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace unmask {
namespace {

const std::vector<Scored> kVideos = {{0, 0.1}, {0, 0.1}, {1, 0.9}, {1, 0.1}};
const Clusters kClusters = {{0, 1, 2, 2}, 3};

TEST(CalibrationMeasuresTest, ErrorIsTheGapOfEachBin) {
  const CalibrationError error(kVideos, {0.1, 0.1, 0.9, 0.1}, kClusters);
  // Three at 0.1, one of them a fake: |0.1 - 1/3| of 3/4; one at 0.9: 0.1 of 1/4.
  EXPECT_NEAR(error.of(std::vector<double>{1, 1, 1}), 0.75 * (1.0 / 3 - 0.1) + 0.25 * 0.1, 1e-15);
  EXPECT_NEAR(error.of(std::vector<double>{2, 1, 0}), 0.1, 1e-15);
  const std::vector<Scored> one = {{1, 1}};
  const Clusters alone = {{0}, 1};
  const CalibrationError certain(one, {1.0}, alone);
  EXPECT_EQ(certain.of(std::vector<double>{1}), 0);  // 1 is in the last bin
}

TEST(CalibrationMeasuresTest, RatioCostIsOneBitWhereNothingIsTold) {
  const RatioCost cost(kVideos, std::vector<double>{0, 0, 0, 0}, kClusters);
  EXPECT_NEAR(cost.of(std::vector<double>{1, 1, 1}), 1, 1e-15);
  EXPECT_TRUE(std::isnan(cost.of(std::vector<double>{1, 1, 0}))) << "no fake was drawn";
  const RatioCost wrong(kVideos, std::vector<double>{-9, 9, 9, 9}, kClusters);
  EXPECT_NEAR(wrong.of(std::vector<double>{1, 1, 1}),
              (std::log2(1 + std::exp(9.0)) + std::log2(1 + std::exp(-9.0))) / 4 + std::log2(1 + std::exp(-9.0)) / 2,
              1e-12);
}

}  // namespace
}  // namespace unmask
