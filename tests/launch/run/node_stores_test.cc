#include "launch/run/node_stores.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/store/crop_views.h"
#include "launch/config/run_config_file.h"
#include "launch/run/config_resolution.h"
#include "tests/data/crops_builder.h"
#include "tests/launch/tiny_run.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class NodeStoresTest : public testing::Test {
 protected:
  NodeStoresTest() : session_(nullptr) {
    write_tiny_stores(folder_ / "stores");
    config_ = read_run_config(tiny_config(folder_ / "stores"), "a.toml",
                              {"data.cache_dir=\"" + (folder_ / "cache").string() + "\""}, ConfigFor::kTrain);
    config_.content = content_digests(config_);
  }
  fs::path copy_of(const std::string& store) const {
    return folder_ / "cache" / (config_.content.at(store) + ".crops");
  }

  test_support::TemporaryFolder folder_;
  Session session_;
  RunConfig config_;
};

TEST_F(NodeStoresTest, WithoutACacheTheStoresAreReadWhereTheyAre) {
  config_.trial.data.cache_dir.clear();
  EXPECT_EQ(node_stores(session_, config_), folder_ / "stores");
}

TEST_F(NodeStoresTest, CopiesAreTheSameBytesAndAreMadeOnce) {
  const fs::path stores = node_stores(session_, config_);
  for (const char* file : {"base/train.crops", "base/val.crops"})
    EXPECT_EQ(test::bytes_of(stores / file), test::bytes_of(folder_ / "stores" / file)) << file;
  const auto made = fs::last_write_time(copy_of("stores.base.train"));
  EXPECT_EQ(node_stores(session_, config_), stores);
  EXPECT_EQ(fs::last_write_time(copy_of("stores.base.train")), made);
  // A run on other datasets has a view of its own, and shares the copy.
  RunConfig other = config_;
  other.content.erase("stores.base.val");
  EXPECT_NE(node_stores(session_, other), stores);
  EXPECT_EQ(fs::last_write_time(copy_of("stores.base.train")), made);
}

TEST_F(NodeStoresTest, AStoreThatHasChangedIsNotCopied) {
  write_tiny_store(folder_ / "stores/base/val.crops", Split::kVal, 9, 100);
  try {
    node_stores(session_, config_);
    ADD_FAILURE() << "copied";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("base/val.crops: has changed since the run was opened"), std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(fs::exists(copy_of("stores.base.val")));
}

TEST_F(NodeStoresTest, AViewComesWithItsRecordsOnce) {
  const fs::path base = folder_ / "stores/base";
  {
    const CropStore train(base / "train.crops"), val(base / "val.crops");
    std::vector<std::optional<Split>> splits(train.size(), Split::kTrain);
    splits.insert(splits.end(), val.size(), Split::kVal);
    CropStoreWriter prepared(base / "prepared.crops", train.crop_px(), train.encoding(), train.preprocessing_json());
    prepared.append_all(train);
    prepared.append_all(val);
    prepared.finish();
    write_split_views(folder_ / "stores", "base", splits);
  }
  config_.content = content_digests(config_);
  const fs::path stores = node_stores(session_, config_);
  const CropStore copy(stores / "base/train.crops"), original(base / "train.crops");
  EXPECT_TRUE(copy.is_view());
  EXPECT_EQ(copy.fingerprint(), original.fingerprint());
  EXPECT_EQ(copy.records_path(), stores / "base/prepared.crops");
  EXPECT_EQ(copy.stored_record(0), original.stored_record(0));
  EXPECT_EQ(test::bytes_of(stores / "base/prepared.crops"), test::bytes_of(base / "prepared.crops"));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder_ / "cache")) files += entry.is_regular_file();
  EXPECT_EQ(files, 3u);                 // two views and one records file
  fs::remove(base / "prepared.crops");  // the copies are enough
  EXPECT_EQ(node_stores(session_, config_), stores);
}

TEST_F(NodeStoresTest, ADamagedCopyIsNotRead) {
  node_stores(session_, config_);
  std::string bytes = test::bytes_of(copy_of("stores.base.val"));
  bytes[20] = static_cast<char>(bytes[20] ^ 1);  // in the header
  test::write_bytes(copy_of("stores.base.val"), bytes);
  EXPECT_THROW(node_stores(session_, config_), Error);
}

}  // namespace
}  // namespace unmask
