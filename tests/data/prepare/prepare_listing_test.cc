#include "data/prepare/prepare_listing.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/store_paths.h"
#include "tests/data/real_faces.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class PrepareListingTest : public testing::Test {
 protected:
  PrepareListingTest() {
    options_.datasets = (folder_.path() / "datasets").native();
    options_.stores = (folder_.path() / "stores").native();
    options_.unit_frames = 2;
  }
  void add(const std::string& file) const { write_bytes(folder_.path() / "datasets" / file, {'x'}); }
  std::string fault() const {
    try {
      list_sources(options_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "";
  }
  std::string digest() const { return list_sources(options_).datasets.at(0).digest; }

  TemporaryFolder folder_;
  PrepareOptions options_;
};

TEST_F(PrepareListingTest, ListsSourcesByDatasetAndPlansThem) {
  add("base_deepfake/fake/frames/swap_b_01_001.png");
  add("base_deepfake/real/frames/b_01_000.png");
  add("base_deepfake/real/frames/a_01_000.png");
  add("base_deepfake/test/real/frames/t_01_000.png");
  add("augment_deepfake/val/real/frames/v_01_000.png");
  const PreparePlan plan = plan_prepare(options_);
  const PrepareListing& listing = plan.listing;
  EXPECT_EQ(listing.layout, "published");
  ASSERT_EQ(listing.datasets.size(), 2u);
  EXPECT_EQ(listing.datasets[0].name, "augment");
  EXPECT_EQ(listing.datasets[1].name, "base");
  EXPECT_EQ(listing.datasets[1].first, 1u);
  EXPECT_EQ(listing.datasets[1].count, 4u);
  EXPECT_EQ(listing.sources[1].entry.file, "base_deepfake/real/frames/a_01_000.png");
  EXPECT_EQ(listing.sources[1].bytes, 1u);
  EXPECT_EQ(frame_of(plan, plan.units.at(1).clips.at(0), 0).video, "a_01");
  EXPECT_EQ(frame_of(plan, plan.units.at(1).clips.at(0), 0).detector, "dlib_hog");
}

TEST_F(PrepareListingTest, TravelsAsText) {
  add("base_deepfake/fake/frames/swap_\xff\n_01_001.png");
  add("base_deepfake/val/real/frames/b_01_000.npy");
  const PrepareListing listing = list_sources(options_);
  const PrepareListing same = listing_from(options_, listing_text(listing));
  EXPECT_EQ(listing_text(same), listing_text(listing));
  ASSERT_EQ(same.sources.size(), 2u);
  EXPECT_EQ(same.sources[1].entry.file, listing.sources[1].entry.file);
  EXPECT_EQ(same.sources[0].entry.split, Split::kVal);
  EXPECT_EQ(same.sources[0].entry.kind, SourceKind::kNpyCrop);
  EXPECT_EQ(same.sources[0].time_ns, listing.sources[0].time_ns);
  EXPECT_EQ(same.datasets[0].digest, listing.datasets[0].digest);
  EXPECT_EQ(same.folder, listing.folder);
  EXPECT_THROW(listing_from(options_, "nonsense"), Error);
}

TEST_F(PrepareListingTest, TheDigestFollowsFilesAndOptionsButNotTheFolder) {
  add("base_deepfake/real/frames/a_01_000.png");
  const std::string first = digest();
  EXPECT_EQ(first.size(), 32u);
  EXPECT_EQ(digest(), first);
  options_.stores += "/elsewhere";
  options_.sandbox = false;
  EXPECT_EQ(digest(), first);
  options_.box_scale = 1.5;
  EXPECT_NE(digest(), first);
  options_.box_scale = PrepareOptions{}.box_scale;
  options_.every = 2;
  EXPECT_NE(digest(), first);
  options_.every = 0;
  fs::rename(folder_.path() / "datasets", folder_.path() / "moved");
  options_.datasets = (folder_.path() / "moved").native();
  EXPECT_EQ(digest(), first);
  write_bytes(folder_.path() / "moved/base_deepfake/real/frames/a_01_000.png", {'x', 'y'});
  EXPECT_NE(digest(), first);
}

TEST_F(PrepareListingTest, SaysWhatItLookedFor) {
  EXPECT_NE(fault().find("datasets: no such folder or list"), std::string::npos) << fault();
  fs::create_directories(folder_.path() / "datasets");
  EXPECT_NE(fault().find("no dataset in this folder: wanted folders <name>_deepfake"), std::string::npos) << fault();
  add("base_deepfake/real/frames/a_01_000.png");
  options_.names = {"celeb"};
  EXPECT_NE(fault().find("no dataset \"celeb\", which prepare.names asks for; there are: base"), std::string::npos)
      << fault();
  options_.names = {};
  EXPECT_EQ(unused_rules(list_sources(options_)), (std::vector<std::string>{}));
  options_.frames_of = {"real: all", "youtube: all", "base: 3"};
  EXPECT_EQ(unused_rules(list_sources(options_)), std::vector<std::string>{"youtube"});
}

TEST_F(PrepareListingTest, AStoreThatOnlyClaimsToBeDoneIsMadeAnew) {
  add("base_deepfake/real/frames/a_01_000.png");
  const PrepareListing listing = list_sources(options_);
  const std::string mark = listing.datasets[0].digest + "\n";
  write_bytes(plan_file(listing, listing.datasets[0]), std::vector<std::uint8_t>(mark.begin(), mark.end()));
  EXPECT_FALSE(list_sources(options_).datasets[0].done);  // no store beside the mark
  write_bytes(prepared_path(options_.stores, "base"), {'n', 'o', ' ', 's', 't', 'o', 'r', 'e'});
  EXPECT_FALSE(list_sources(options_).datasets[0].done);
}

}  // namespace
}  // namespace unmask
