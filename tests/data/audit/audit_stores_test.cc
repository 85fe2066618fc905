#include "data/audit/audit_stores.h"

#include <gtest/gtest.h>

#include "tests/data/crops_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test_support::refusal;

class AuditStoresTest : public testing::Test {
 protected:
  AuditStoresTest() {
    for (const char* name : {"base/val", "base/train", "base/prepared", "augment/test", "augment/calibration"})
      file(std::string("stores/") + name + ".crops");
    std::filesystem::create_directories(folder_ / "stores/audits");
  }
  std::string file(const std::string& name) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    test::write_bytes(folder_ / name, "");
    return (folder_ / name).string();
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string found(const std::vector<std::string>& names) {
    std::string text;
    for (const AuditStore& store : find_audit_stores(names)) text += store.dataset + "/" + to_word(store.split) + " ";
    return text;
  }

  test_support::TemporaryFolder folder_;
};

TEST_F(AuditStoresTest, AFolderMeansItsSplits) {
  EXPECT_EQ(found({path("stores")}), "augment/calibration augment/test base/train base/val ");
  EXPECT_EQ(found({path("stores/base/")}), "base/train base/val ");
  EXPECT_EQ(found({path("stores/base/val.crops"), path("stores/augment")}),
            "augment/calibration augment/test base/val ");
  EXPECT_EQ(find_audit_stores({path("stores/base/val.crops")}).front().stores(), folder_ / "stores");
}

TEST_F(AuditStoresTest, AStoreIsThereOnceHoweverItIsNamed) {
  EXPECT_EQ(found({path("stores/base"), path("stores/base/../base/val.crops"), path("stores")}),
            "augment/calibration augment/test base/train base/val ");
  const std::string other = file("other/base/val.crops");
  EXPECT_NE(refusal(ErrorKind::kUsage,
                    [&] {
                      found({path("stores"), other});
                    })
                .find("are of one dataset and split: audit the stores of one folder at a time"),
            std::string::npos);
}

TEST_F(AuditStoresTest, WhatIsNoSplitIsRefused) {
  EXPECT_NE(refusal(ErrorKind::kUsage, [&] { found({path("stores/base/prepared.crops")}); })
                .find("prepared.crops: isn't named after a split"),
            std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kData, [&] { found({path("none.crops")}); }).find("none.crops: there is no such file"),
            std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kData, [&] { found({path("stores/audits")}); }).find("holds a split (train.crops"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
