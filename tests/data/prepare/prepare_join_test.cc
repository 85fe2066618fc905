#include "data/prepare/prepare_join.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/prepare/prepare.h"
#include "data/store/crop_views.h"
#include "tests/data/prepare/prepared_tree.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class PrepareJoinTest : public testing::Test {
 protected:
  PrepareJoinTest() {
    for (const char* name : {"a", "b", "c"}) {
      write_image(folder_.path() / "base_deepfake/real/frames" / (std::string(name) + "_001.png"),
                  photo("hopper.jpg", 100));
    }
    write_image(folder_.path() / "base_deepfake/val/fake/frames/deepfake_000_003_001.png", photo("obama.jpg", 120));
    options_.datasets = folder_.path().native();
    options_.stores = stores("one");
    options_.crop_px = 32;
    options_.unit_frames = 1;
  }
  std::string stores(const std::string& name) const { return (folder_.path() / name).native(); }

  TemporaryFolder folder_;
  PrepareOptions options_;
};

TEST_F(PrepareJoinTest, RanksThatCopyTheirOwnPartsGiveTheSameStore) {
  prepare_all(options_, 1);
  options_.stores = stores("three");
  const PreparePlan plan = plan_prepare(options_);
  for (int rank = 0; rank < 3; ++rank) prepare_units(plan, rank, 3, {});
  DatasetJoin join(plan, 0);
  for (const int rank : {2, 0, 1}) copy_parts(plan, 0, join.text(), rank, 3);
  join.finish();
  const auto counts = close_prepared(plan);
  EXPECT_EQ(counts.at("base/train").by_status.at("ok"), 3);
  EXPECT_EQ(counts.at("base/val").by_status.at("ok"), 1);
  EXPECT_TRUE(files_below(stores("one")) == files_below(stores("three")));
}

TEST_F(PrepareJoinTest, AMissingPartIsNamedWithWhatToDo) {
  const PreparePlan plan = plan_prepare(options_);
  prepare_units(plan, 0, 1, {});
  fs::remove(part_file(plan, plan.units.at(1)));
  try {
    join_prepared(plan);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("unit-000001.crops is missing or damaged"), std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "one/base/prepared.crops"));
}

TEST_F(PrepareJoinTest, AnotherSplitThatSomebodyMadeStays) {
  prepare_all(options_, 1);
  const std::vector<std::optional<Split>> all_in_test(4, Split::kTest);
  write_split_views(stores("one"), "base", all_in_test);
  prepare_all(options_, 1);
  EXPECT_FALSE(fs::exists(folder_.path() / "one/base/train.crops"));
  EXPECT_EQ(CropStore(folder_.path() / "one/base/test.crops").size(), 4u);
  fs::remove(folder_.path() / "one/base/test.crops");
  prepare_all(options_, 1);
  EXPECT_EQ(CropStore(folder_.path() / "one/base/train.crops").size(), 3u);
}

TEST_F(PrepareJoinTest, WhatOlderVersionsAndOtherPlansLeftGoesAway) {
  write_bytes(folder_.path() / "one/base/train.parts/0123/rows-0-1.crops", {'x'});
  write_bytes(folder_.path() / "one/base/train.crops.plan", {'x'});
  write_bytes(folder_.path() / "one/base/prepared.parts/0123/unit-000000.crops", {'x'});
  prepare_all(options_, 1);
  EXPECT_EQ(
      file_names_below(folder_.path() / "one"),
      (std::set<std::string>{"base/prepared.crops", "base/prepared.crops.plan", "base/train.crops", "base/val.crops"}));
}

}  // namespace
}  // namespace unmask
