#include "data/split/split_options.h"

#include <gtest/gtest.h>
#include <limits>

namespace unmask {
namespace {

using Faults = std::vector<std::string>;

TEST(SplitOptions, EverySharesFaultIsToldByItsName) {
  EXPECT_TRUE(validate({}).empty());
  EXPECT_TRUE(validate({.val = 0, .test = 0, .calibration = 0.99}).empty());
  EXPECT_EQ(validate({.val = 2, .test = -1}),
            (Faults{"--val must be in [0, 1], got 2", "--test must be in [0, 1], got -1"}));
  EXPECT_EQ(validate({.calibration = std::numeric_limits<double>::quiet_NaN()}).size(), 1u);
  EXPECT_EQ(validate({.val = 0.5, .test = 0.25, .calibration = 0.25}),
            (Faults{"--val, --test and --calibration together must be below 1: the rest is train, got 1"}));
}

}  // namespace
}  // namespace unmask
