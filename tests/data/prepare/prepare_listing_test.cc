#include "data/prepare/prepare_listing.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class PrepareListing : public testing::Test {
 protected:
  PrepareListing() {
    options_.datasets = (folder_.path() / "datasets").native();
    options_.stores = (folder_.path() / "stores").native();
    options_.unit_frames = 2;
  }
  void add(const std::string& file) const { write_bytes(folder_.path() / "datasets" / file, {'x'}); }
  std::string fault() const {
    try {
      plan_prepare(options_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
  PrepareOptions options_;
};

TEST_F(PrepareListing, ListsStoresByDatasetAndSplitAndRowsByName) {
  add("base_deepfake/fake/frames/swap_b_01_001.png");
  add("base_deepfake/real/frames/b_01_000.png");
  add("base_deepfake/real/frames/a_01_000.png");
  add("base_deepfake/test/real/frames/t_01_000.png");
  add("augment_deepfake/val/real/frames/v_01_000.png");
  const PreparePlan plan = plan_prepare(options_);
  ASSERT_EQ(plan.stores.size(), 3u);
  EXPECT_EQ(store_name(plan.stores[0]), "augment/val");
  EXPECT_EQ(store_name(plan.stores[1]), "base/train");
  EXPECT_EQ(store_name(plan.stores[2]), "base/test");
  const PrepareStore& train = plan.stores[1];
  ASSERT_EQ(train.sources.size(), 3u);
  EXPECT_EQ(train.sources[0].file.filename(), "a_01_000.png");
  EXPECT_EQ(train.frames[0].video, "a_01");
  EXPECT_EQ(train.frames[0].detector, "dlib_hog");
  EXPECT_EQ(train.frames[2].method, "swap");
  EXPECT_EQ(plan.units, (std::vector<PrepareUnit>{{0, 0, 1}, {1, 0, 2}, {1, 2, 1}, {2, 0, 1}}));
}

TEST_F(PrepareListing, TheDigestFollowsFilesAndOptionsButNotTheFolder) {
  add("base_deepfake/real/frames/a_01_000.png");
  const auto digest = [&] { return plan_prepare(options_).stores.at(0).digest; };
  const std::string first = digest();
  EXPECT_EQ(first.size(), 32u);
  EXPECT_EQ(digest(), first);
  options_.stores += "/elsewhere";
  EXPECT_EQ(digest(), first);
  options_.box_scale = 1.5;
  EXPECT_NE(digest(), first);
  options_.box_scale = PrepareOptions{}.box_scale;
  fs::rename(folder_.path() / "datasets", folder_.path() / "moved");
  options_.datasets = (folder_.path() / "moved").native();
  EXPECT_EQ(digest(), first);
  write_bytes(folder_.path() / "moved/base_deepfake/real/frames/a_01_000.png", {'x', 'y'});
  EXPECT_NE(digest(), first);
}

TEST_F(PrepareListing, SaysWhatItLookedFor) {
  fs::create_directories(folder_.path() / "datasets");
  EXPECT_NE(fault().find("no dataset in this folder: wanted folders <name>_deepfake"), std::string::npos) << fault();
  options_.names = {"celeb"};
  EXPECT_NE(fault().find("celeb_deepfake: no frames: wanted real/frames and fake/frames"), std::string::npos)
      << fault();
}

TEST_F(PrepareListing, AStoreThatOnlyClaimsToBeDoneIsMadeAnew) {
  add("base_deepfake/real/frames/a_01_000.png");
  const PreparePlan plan = plan_prepare(options_);
  const std::string mark = plan.stores[0].digest + "\n";
  write_bytes(plan_file(plan, plan.stores[0]), std::vector<std::uint8_t>(mark.begin(), mark.end()));
  EXPECT_FALSE(plan_prepare(options_).stores[0].done);  // no store beside the mark
  write_bytes(store_file(plan, plan.stores[0]), {'n', 'o', ' ', 's', 't', 'o', 'r', 'e'});
  EXPECT_FALSE(plan_prepare(options_).stores[0].done);
}

}  // namespace
}  // namespace unmask
