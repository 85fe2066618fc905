#include "base/option_faults.h"

#include <gtest/gtest.h>
#include <cmath>
#include <cstdint>

namespace unmask {
namespace {

using Faults = std::vector<std::string>;

TEST(OptionFaults, TellsEveryFaultWithKeyWantedAndGot) {
  OptionFaults faults;
  EXPECT_FALSE(faults.in_range("augment.flip", 1.5, 0, 1));
  EXPECT_TRUE(faults.in_range("augment.erase", 0.5, 0, 1));
  EXPECT_FALSE(faults.at_least("train.epochs", 0, 1));
  EXPECT_FALSE(faults.need(false, "train.select", "one of \"auc\", \"eer\"", "\"f1\""));
  faults.add("data.train must name at least one dataset, got []");
  EXPECT_EQ(faults.take(), (Faults{
                               "augment.flip must be in [0, 1], got 1.5",
                               "train.epochs must be >= 1, got 0",
                               "train.select must be one of \"auc\", \"eer\", got \"f1\"",
                               "data.train must name at least one dataset, got []",
                           }));
}

TEST(OptionFaults, BothEndsOfARangeAreGoodAndNanNever) {
  OptionFaults faults;
  EXPECT_TRUE(faults.in_range("x", 0.0, 0, 1));
  EXPECT_TRUE(faults.in_range("x", 1.0, 0, 1));
  EXPECT_TRUE(faults.at_least("x", 1.0, 1));
  EXPECT_EQ(faults.take(), Faults{});
  EXPECT_FALSE(faults.in_range("x", std::nan(""), 0, 1));
  EXPECT_FALSE(faults.at_least("x", std::nan(""), 0));
}

TEST(OptionFaults, WritesWholeNumbersInFull) {
  OptionFaults faults;
  faults.in_range("prepare.max_pixels", std::int64_t{300'000'000}, 1, 200'000'000);
  EXPECT_EQ(faults.take(), Faults{"prepare.max_pixels must be in [1, 200000000], got 300000000"});
}

}  // namespace
}  // namespace unmask
