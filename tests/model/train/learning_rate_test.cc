#include "model/train/learning_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include "tests/support/python.h"

namespace unmask {
namespace {

TEST(LearningRateTest, OneCycleEqualsPyTorchs) {
  std::istringstream reference(test_support::run_python("tests/model/train/reference.py", {"learning_rate"}));
  std::int64_t total = 0, step = 0;
  OptimizerOptions options;
  int compared = 0;
  for (double wanted = 0; reference >> total >> options.pct_start >> options.max_lr >> step >> wanted; ++compared) {
    EXPECT_NEAR(learning_rate(options, step, total), wanted, 1e-12 * options.max_lr)
        << "step " << step << " of " << total;
  }
  EXPECT_EQ(compared, 20 + 100 + 7 + 1000 + 3);
}

TEST(LearningRateTest, ConstantStaysAtTheMaximum) {
  OptimizerOptions options;
  options.schedule = RateSchedule::kConstant;
  EXPECT_EQ(learning_rate(options, 0, 10), options.max_lr);
  EXPECT_EQ(learning_rate(options, 9, 10), options.max_lr);
}

TEST(LearningRateTest, IsFiniteAtTheEdgesOfPctStart) {
  OptimizerOptions options;
  for (const double pct : {0.0, 1.0, 0.1}) {
    options.pct_start = pct;
    for (std::int64_t step = 0; step < 4; ++step)
      EXPECT_TRUE(std::isfinite(learning_rate(options, step, 4))) << pct << " " << step;
    EXPECT_TRUE(std::isfinite(learning_rate(options, 0, 1)));
  }
  options.pct_start = 0.25;  // the peak is the first of four steps
  EXPECT_EQ(learning_rate(options, 0, 4), options.max_lr);
  options.pct_start = 1;  // and here the last
  EXPECT_EQ(learning_rate(options, 3, 4), options.max_lr);
}

}  // namespace
}  // namespace unmask
