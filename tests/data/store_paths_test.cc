#include "data/store_paths.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using Faults = std::vector<std::string>;

TEST(StorePaths, AStoreStandsAtDatasetAndSplit) {
  EXPECT_EQ(store_path("/data/stores", "base", Split::kTrain), "/data/stores/base/train.crops");
  EXPECT_EQ(store_path("stores", "celeb-df_v2", Split::kCalibration), "stores/celeb-df_v2/calibration.crops");
  EXPECT_EQ(prepared_path("stores", "base"), "stores/base/prepared.crops");
}

TEST(StorePaths, WhatIsMissingOfAStoreIsNamed) {
  const test_support::TemporaryFolder folder;
  const auto fault = [](const std::filesystem::path& stores) -> std::string {
    try {
      return require_store(stores, "base", Split::kVal).string();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
  };
  EXPECT_EQ(fault(folder / "none"), "no folder of crop stores " + (folder / "none").string() +
                                        ": run `unmask prepare` to make it, or correct data.stores");
  const std::string file = store_path(folder.path(), "base", Split::kVal).string();
  EXPECT_EQ(fault(folder.path()), "dataset base has no split val: " + file +
                                      " is missing; run `unmask prepare` or `unmask split` to make it");
  std::filesystem::create_directories(folder / "base");
  std::ofstream(file) << "no store, which nobody looks at here";
  EXPECT_EQ(fault(folder.path()), file);
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
