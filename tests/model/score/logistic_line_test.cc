#include "model/score/logistic_line.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace unmask {
namespace {

TEST(LogisticLineTest, MeetsTheMeanOfItsTargets) {
  // At the maximum the probabilities sum to the targets, alone and weighed by x.
  const std::vector<double> x = {-2, -1, 0.5, 3, 1, -0.5, 2};
  const std::vector<std::uint8_t> labels = {0, 0, 0, 1, 1, 1, 0};
  const LogisticLine line = fit_logistic_line(x, labels);
  double gap = 0, gap_by_x = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double target = labels[i] != 0 ? 4.0 / 5 : 1.0 / 6;
    gap += sigmoid(line.slope * x[i] + line.offset) - target;
    gap_by_x += (sigmoid(line.slope * x[i] + line.offset) - target) * x[i];
  }
  EXPECT_NEAR(gap, 0, 1e-7);
  EXPECT_NEAR(gap_by_x, 0, 1e-7);
  EXPECT_GT(line.slope, 0);
}

TEST(LogisticLineTest, OfEqualNumbersIsFinite) {
  const LogisticLine line = fit_logistic_line(std::vector<double>{2, 2, 2}, std::vector<std::uint8_t>{0, 1, 1});
  EXPECT_TRUE(std::isfinite(line.slope) && std::isfinite(line.offset));
}

TEST(LogisticLineTest, ItsFunctionsNeverOverflow) {
  EXPECT_EQ(sigmoid(-1000), 0);
  EXPECT_EQ(sigmoid(1000), 1);
  EXPECT_EQ(softplus(1000), 1000);
  EXPECT_EQ(softplus(-1000), 0);
  EXPECT_NEAR(softplus(0), std::log(2.0), 1e-15);
  EXPECT_TRUE(std::isfinite(logit(0)) && std::isfinite(logit(1)));
  EXPECT_NEAR(sigmoid(logit(0.3)), 0.3, 1e-15);
}

}  // namespace
}  // namespace unmask
