#include "model/score/calibration_measures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.h"

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

/// Of 100 intervals so many hold the truth, where the share of fakes at probability p is p squeezed towards a half.
int coverage(double squeeze, std::uint32_t videos) {
  double truth = 0;  // of p between 0 and 1, all equally often: the mean of each bin's gap
  for (int bin = 0; bin < 15; ++bin) truth += squeeze * std::abs((bin + 0.5) / 15 - 0.5) / 15;
  int held = 0;
  for (std::uint32_t set = 0; set < 200; ++set) {
    Draws draws(7, DrawFor::kProbe, set, videos);
    std::vector<Scored> drawn(videos);
    std::vector<double> probabilities;
    Clusters alone{{}, videos};
    for (std::uint32_t i = 0; i < videos; ++i) {
      const double p = probabilities.emplace_back(draws.uniform());
      drawn[i].label = draws.uniform() < p + squeeze * (0.5 - p) ? 1 : 0;
      alone.of.push_back(i);
    }
    const CalibrationError error(drawn, probabilities, alone);
    const auto statistic = [&](std::span<const double> times, std::span<double> values) {
      values[0] = error.of(times);
    };
    const auto resamples = resampled(alone, 1, statistic, {.resamples = 200, .seed = set});
    const auto interval = calibration_error_interval(error.of(std::vector<double>(videos, 1)), resamples[0]);
    held += interval && interval->low <= truth && truth <= interval->high ? 1 : 0;
  }
  return held / 2;
}

TEST(CalibrationMeasuresTest, ItsIntervalHoldsTheTruthWhereNoiseIsMostOfTheError) {
  for (const double squeeze : {0.0, 0.2, 0.6}) {
    for (const std::uint32_t videos : {150u, 400u}) {
      const int held = coverage(squeeze, videos);
      EXPECT_GE(held, 80) << squeeze << ", " << videos;
      EXPECT_TRUE(held < 100 || squeeze == 0) << squeeze << ", " << videos << ": it says nothing";
    }
  }
  EXPECT_FALSE(calibration_error_interval(0.1, {}));
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
