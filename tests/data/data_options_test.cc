#include "data/data_options.h"

#include <gtest/gtest.h>
#include <cmath>

namespace unmask {
namespace {

using Faults = std::vector<std::string>;

DataOptions good() {
  DataOptions options;
  options.stores = "stores";
  options.train = {"base", "augment"};
  options.val = {"base"};
  return options;
}

TEST(DataOptions, GoodValuesHaveNoFaults) { EXPECT_EQ(validate(good()), Faults{}); }

TEST(DataOptions, EveryFaultIsReportedAtOnceWithItsKey) {
  DataOptions options;
  options.sample_ratio = 2;
  EXPECT_EQ(validate(options), (Faults{
                                   "data.stores must be the folder that holds <dataset>/<split>.crops, got \"\"",
                                   "data.train must name at least one dataset, got []",
                                   "data.sample_ratio must be in (0, 1], got 2",
                               }));
}

TEST(DataOptions, RatiosThatAreNoShareAreRefused) {
  for (const double ratio : {0.0, -1.0, 1.0001, std::nan("")}) {
    DataOptions options = good();
    options.sample_ratio = ratio;
    EXPECT_EQ(validate(options).size(), 1u) << ratio;
  }
}

TEST(DataOptions, AMixNamesEveryDatasetAndMayNameMore) {
  DataOptions options = good();
  options.mix = {{"base", 1}, {"augment", 0.5}, {"wild", 2}};
  EXPECT_EQ(validate(options), Faults{});
  options.mix = {{"base", 0}, {"wild", std::nan("")}};
  EXPECT_EQ(validate(options),
            (Faults{"data.mix.base must be in (0, 1e6], got 0", "data.mix.wild must be in (0, 1e6], got nan",
                    "data.mix must name every dataset of data.train, or none; augment is missing"}));
}

TEST(DataOptions, OldDatasetsAreDrawnBesideNewOnes) {
  DataOptions options = good();
  options.replay_from = {"studio"};
  EXPECT_EQ(drawn_datasets(options), (std::vector<std::string>{"base", "augment"}));
  options.replay = 0.2;
  EXPECT_EQ(drawn_datasets(options), (std::vector<std::string>{"base", "augment", "studio"}));
  EXPECT_EQ(validate(options), Faults{});
  for (const double share : {-0.1, 1.0, std::nan("")}) {
    options.replay = share;
    EXPECT_EQ(validate(options).size(), 1u) << share;
  }
  options.replay = 0.2;
  options.replay_from = {"studio", "augment"};
  options.permute_labels = true;
  const Faults faults = validate(options);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].find("data.train must hold new datasets alone with data.replay, got augment"), 0u) << faults[0];
  EXPECT_EQ(faults[1].find("data.replay must be 0 with data.permute_labels"), 0u) << faults[1];
}

TEST(DataOptions, BlocksAndWindowsHoldSomething) {
  DataOptions options = good();
  options.block_crops = 0;
  options.window_blocks = -1;
  EXPECT_EQ(validate(options),
            (Faults{"data.block_crops must be >= 1, got 0", "data.window_blocks must be >= 1, got -1"}));
}

TEST(DataOptions, DatasetNamesAreWordsNamedOnceAndNeverBoth) {
  DataOptions options = good();
  options.train = {"base", "../x", "base", "both"};
  options.val = {""};
  EXPECT_EQ(validate(options).size(), 4u);
}

}  // namespace
}  // namespace unmask
