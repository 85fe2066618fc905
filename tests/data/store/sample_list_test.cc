#include "data/store/sample_list.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/data/crops_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test::TemporaryFolder;
using test::write_store;

std::string fault_of(const std::filesystem::path& stores, const std::vector<std::string>& datasets, Split split) {
  return test_support::refusal(ErrorKind::kData, [&] { const SampleList list(stores, datasets, split); });
}

TEST(SampleList, HoldsTheCropsOfAllStoresInOrder) {
  const TemporaryFolder folder;
  write_store(folder.path() / "base" / "val.crops", 6, 16, CropEncoding::kRaw, "base", Split::kVal);
  write_store(folder.path() / "augment" / "val.crops", 9, 16, CropEncoding::kJpeg95, "augment", Split::kVal);
  const SampleList list(folder.path(), std::vector<std::string>{"augment", "base"}, Split::kVal);
  EXPECT_EQ(list.stores(), 2u);
  EXPECT_EQ(list.crop_px(), 16);
  EXPECT_EQ(list.size(), 7u + 5u);  // rows 3 and 7 of each have no crop
  EXPECT_EQ(list.frame(0).dataset, "augment");
  EXPECT_EQ(list.frame(3).frame, 12u);  // row 3 is left out
  EXPECT_EQ(list.frame(7).dataset, "base");
  EXPECT_EQ(list[8].label, 1);
  EXPECT_EQ(list[8].store, 1u);
  EXPECT_EQ(list[8].row, 1u);
  std::vector<std::uint8_t> rgb(16 * 16 * 3);
  list.read(8, rgb);
  EXPECT_EQ(rgb, test::smooth_crop(16, 1));
}

TEST(SampleList, TheFingerprintFollowsContentAndOrder) {
  const TemporaryFolder folder;
  write_store(folder.path() / "base" / "val.crops", 6, 16, CropEncoding::kRaw, "base");
  write_store(folder.path() / "augment" / "val.crops", 6, 16, CropEncoding::kRaw, "augment");
  const auto list = [&](std::vector<std::string> names) {
    return SampleList(folder.path(), names, Split::kVal).fingerprint();
  };
  EXPECT_EQ(list({"base", "augment"}), list({"base", "augment"}));
  EXPECT_NE(list({"base", "augment"}), list({"augment", "base"}));
  EXPECT_NE(list({"base", "augment"}), list({"base"}));
}

TEST(SampleList, SaysWhichDatasetAndSplitIsMissingAndWhatMakesIt) {
  const TemporaryFolder folder;
  write_store(folder.path() / "base" / "train.crops", 6, 16);
  const std::string no_split = fault_of(folder.path(), {"base"}, Split::kVal);
  EXPECT_NE(no_split.find("dataset base has no split val"), std::string::npos) << no_split;
  EXPECT_NE(no_split.find("unmask prepare"), std::string::npos) << no_split;
  EXPECT_NE(no_split.find("base/val.crops"), std::string::npos) << no_split;
  const std::string no_dataset = fault_of(folder.path(), {"base", "augment"}, Split::kTrain);
  EXPECT_NE(no_dataset.find("dataset augment"), std::string::npos) << no_dataset;
  const std::string no_folder = fault_of(folder.path() / "nowhere", {"base"}, Split::kTrain);
  EXPECT_NE(no_folder.find("nowhere"), std::string::npos) << no_folder;
  EXPECT_NE(no_folder.find("unmask prepare"), std::string::npos) << no_folder;
}

TEST(SampleList, StoresOfTwoCropSizesAreRefused) {
  const TemporaryFolder folder;
  write_store(folder.path() / "base" / "train.crops", 6, 16);
  write_store(folder.path() / "augment" / "train.crops", 6, 24);
  const std::string fault = fault_of(folder.path(), {"base", "augment"}, Split::kTrain);
  EXPECT_NE(fault.find("24 px"), std::string::npos) << fault;
  EXPECT_NE(fault.find("16 px"), std::string::npos) << fault;
}

TEST(SampleList, TakesStoreFilesAsTheyAre) {
  const TemporaryFolder folder;
  write_store(folder.path() / "x.crops", 6, 16);
  const std::vector<std::filesystem::path> files = {folder.path() / "x.crops"};
  EXPECT_EQ(SampleList(files).size(), 5u);
}

}  // namespace
}  // namespace unmask
