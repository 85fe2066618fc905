#include "data/store_paths.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Faults = std::vector<std::string>;

TEST(StorePaths, AStoreStandsAtDatasetAndSplit) {
  EXPECT_EQ(store_path("/data/stores", "base", Split::kTrain), "/data/stores/base/train.crops");
  EXPECT_EQ(store_path("stores", "celeb-df_v2", Split::kCalibration), "stores/celeb-df_v2/calibration.crops");
  EXPECT_EQ(prepared_path("stores", "base"), "stores/base/prepared.crops");
}

TEST(StorePaths, ADatasetsNameIsOneFolderAndOneColumnPart) {
  for (const char* good : {"base", "Celeb-DF_v2", "7"}) EXPECT_TRUE(is_dataset_name(good)) << good;
  EXPECT_TRUE(is_dataset_name(std::string(100, 'x')));
  // A dot would end the name in val.<dataset>.<metric>; a slash would leave the folder.
  for (const char* bad : {"", ".", "..", "a.b", "a/b", "../x", "a b", "\xc3\xa4", "a\n"}) {
    EXPECT_FALSE(is_dataset_name(bad)) << bad;
  }
  EXPECT_FALSE(is_dataset_name(std::string(101, 'x')));
}

TEST(StorePaths, NamesOfAnOptionAreDistinctSingleDatasets) {
  OptionFaults faults;
  check_dataset_names("data.train", {"base", "a\x1b", "both", "augment", "base"}, faults);
  EXPECT_EQ(faults.take(),
            (Faults{
                "data.train must hold dataset names of 1 to 100 letters, digits, _ and -, got \"a\\x1b\"",
                "data.train must name single datasets: write [\"base\", \"augment\"] for \"both\"",
                "data.train must not name a dataset twice, got \"base\" again",
            }));
  check_dataset_names("data.train", {"base", "augment"}, faults);
  EXPECT_EQ(faults.take(), Faults{});
}

}  // namespace
}  // namespace unmask
