#include "data/split/split_stores.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <map>
#include <thread>

#include "base/error.h"
#include "base/fault_point.h"
#include "data/split/official_pairs.h"
#include "data/store/crop_views.h"
#include "data/store_paths.h"
#include "tests/data/crops_builder.h"
#include "tests/data/split/split_videos.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::TemporaryFolder;
using test_support::refusal;

/// A prepared.crops with two frames a video, the second without a face.
void prepare(const fs::path& stores, const std::string& dataset, const std::vector<SplitVideo>& videos) {
  fs::create_directories(stores / dataset);
  CropStoreWriter writer(prepared_path(stores, dataset), 2, CropEncoding::kJpeg95, "{}");
  const std::vector<std::uint8_t> rgb(12, 100);
  for (std::size_t i = 0; i < videos.size(); ++i) {
    FrameInfo frame;
    frame.label = videos[i].label;
    frame.dataset = dataset;
    frame.method = videos[i].method, frame.compression = videos[i].compression, frame.video = videos[i].video;
    frame.target_identity = videos[i].target_identity, frame.source_identity = videos[i].source_identity;
    frame.split = i % 10 < 7 ? Split::kTrain : i % 10 < 9 ? Split::kVal : Split::kTest;
    writer.append(frame, rgb);
    frame.frame = 1;
    frame.status = FrameStatus::kNoFace;
    writer.append(frame, {});
  }
  writer.finish();
}

std::vector<SplitVideo> some_of_faceforensics() {
  std::vector<SplitVideo> videos;
  for (const Split split : {Split::kTrain, Split::kVal, Split::kTest}) {
    auto pairs = official_pairs(split);
    pairs.resize(split == Split::kTrain ? 30 : 5);
    const auto some = test::faceforensics(pairs);
    videos.insert(videos.end(), some.begin(), some.end());
  }
  return videos;
}

class SplitStoresTest : public testing::Test {
 protected:
  SplitStoresTest() { prepare(folder_.path(), "base", some_of_faceforensics()); }
  SplitReport split(const SplitOptions& options, const std::vector<std::string>& datasets = {}) const {
    return split_stores(folder_.path(), datasets, options);
  }
  std::string fault(ErrorKind kind, const SplitOptions& options, const std::vector<std::string>& datasets = {}) const {
    return refusal(kind, [&] { split(options, datasets); });
  }
  std::map<std::string, std::string> views(const std::string& dataset = "base") const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_.path() / dataset)) {
      if (entry.path().filename() != kPreparedName) files[entry.path().filename()] = bytes_of(entry.path());
    }
    return files;
  }
  TemporaryFolder folder_;
};

TEST_F(SplitStoresTest, ThereAndBackGivesTheSameBytes) {
  write_published_views(folder_.path(), "base");
  const auto published = views();
  EXPECT_EQ(published.size(), 3u);
  const std::string prepared = bytes_of(prepared_path(folder_.path(), "base"));
  split({.by = SplitBy::kOfficial, .calibration = 0.1});
  const auto official = views();
  EXPECT_EQ(official.size(), 4u);
  split({.by = SplitBy::kIdentity, .seed = 4});
  EXPECT_NE(views(), official);
  split({.by = SplitBy::kVideo, .val = 0, .test = 0});
  EXPECT_EQ(views().size(), 1u);
  split({.by = SplitBy::kOfficial, .calibration = 0.1});
  EXPECT_EQ(views(), official);
  split({.by = SplitBy::kPublished});
  EXPECT_EQ(views(), published);
  EXPECT_EQ(bytes_of(prepared_path(folder_.path(), "base")), prepared);
}

TEST_F(SplitStoresTest, TellsRowsVideosIdentitiesAndCropsOfEachClass) {
  const SplitReport report = split({.by = SplitBy::kOfficial});
  EXPECT_EQ(report.table,
            "dataset  split  rows  videos  identities  real  fake\n"
            "base     train   600     300          60    60   240\n"
            "base     val     100      50          10    10    40\n"
            "base     test    100      50          10    10    40");
  EXPECT_EQ(report.said, (std::vector<std::string>{"dataset base: no calibration split: val, also selected on"}));
  const CropStore val(store_path(folder_.path(), "base", Split::kVal));
  ASSERT_EQ(val.size(), 100u);
  for (std::size_t row = 0; row < val.size(); ++row) {
    EXPECT_EQ(val.split(row), Split::kVal);
    EXPECT_EQ(official_split(val.video_names(row).target_identity), Split::kVal);
  }
}

TEST_F(SplitStoresTest, OnlyTheDatasetsThatAreNamedAndUnknownOnesAreRefused) {
  prepare(folder_.path(), "other", some_of_faceforensics());
  split({.by = SplitBy::kPublished}, {"other", "other"});
  EXPECT_TRUE(views("base").empty());
  EXPECT_EQ(views("other").size(), 3u);
  EXPECT_NE(fault(ErrorKind::kUsage, {}, {"bose"}).find("--dataset bose isn't in"), std::string::npos);
  EXPECT_NE(fault(ErrorKind::kUsage, {}, {"bose"}).find("there are base, other"), std::string::npos);
  EXPECT_NE(fault(ErrorKind::kUsage, {}, {"../base"}).find("--dataset ../base isn't in"), std::string::npos);
  split({.by = SplitBy::kPublished});
  EXPECT_EQ(views("base").size(), 3u);
}

TEST_F(SplitStoresTest, StoresOfAnOlderPrepareAreNamedWithWhatToDo) {
  test::write_store(store_path(folder_.path(), "old", Split::kTrain), 4, 2);
  const SplitReport report = split({.by = SplitBy::kPublished});
  EXPECT_NE(report.said.front().find("dataset old has no prepared.crops"), std::string::npos) << report.said.front();
  EXPECT_NE(fault(ErrorKind::kData, {}, {"old"}).find("run `unmask prepare` again"), std::string::npos);
  fs::remove_all(folder_.path() / "base");
  EXPECT_NE(fault(ErrorKind::kData, {}).find("an older `unmask prepare` made old"), std::string::npos);
  fs::remove_all(folder_.path() / "old");
  EXPECT_NE(fault(ErrorKind::kData, {}).find("run `unmask prepare` first"), std::string::npos);
  EXPECT_NE(refusal(ErrorKind::kData, [&] { split_stores(folder_ / "none", {}, {}); }).find("no folder of crop stores"),
            std::string::npos);
}

TEST_F(SplitStoresTest, AStoreThatHoldsCropsIsNotReplaced) {
  test::write_store(store_path(folder_.path(), "base", Split::kTest), 4, 2);
  const auto before = views();
  EXPECT_NE(fault(ErrorKind::kData, {.by = SplitBy::kPublished}).find("test.crops: holds crops of its own"),
            std::string::npos);
  EXPECT_EQ(views(), before);
}

TEST_F(SplitStoresTest, ARefusalInOneDatasetLeavesAllAsTheyAre) {
  prepare(folder_.path(), "tiny", {test::real_video("a", "a"), test::fake_video("b", "b", "")});
  EXPECT_NE(fault(ErrorKind::kUsage, {.by = SplitBy::kIdentity}).find("dataset tiny"), std::string::npos);
  EXPECT_TRUE(views("base").empty());
  EXPECT_NE(fault(ErrorKind::kUsage, {.val = 0.9, .test = 0.9}), "");
  EXPECT_TRUE(views("base").empty());
}

TEST_F(SplitStoresTest, AKilledSplitIsRefusedByReadersAndTheSameCommandGoesOn) {
  split({.by = SplitBy::kOfficial});
  const auto wanted = views();
  split({.by = SplitBy::kPublished});
  std::thread killed([&] {
    fault_hook = [](const char*) {
      static thread_local int calls = 0;
      if (++calls == 2) throw std::runtime_error("killed");
    };
    EXPECT_THROW(split({.by = SplitBy::kOfficial}), std::runtime_error);
  });
  killed.join();
  EXPECT_NE(refusal(ErrorKind::kData, [&] { CropStore(store_path(folder_.path(), "base", Split::kTrain)); }), "");
  split({.by = SplitBy::kOfficial});
  EXPECT_EQ(views(), wanted);
}

// 100,000 frames of 1,000 videos: no work for each frame but its row.
TEST_F(SplitStoresTest, AHundredThousandRowsAreSplitAndBack) {
  const fs::path stores = folder_ / "many";
  fs::create_directories(stores / "big");
  CropStoreWriter writer(prepared_path(stores, "big"), 1, CropEncoding::kJpeg95, "{}");
  FrameInfo frame;
  frame.dataset = "big";
  for (std::uint32_t row = 0; row < 100'000; ++row) {
    frame.frame = row % 100;
    frame.video = frame.target_identity = "v" + std::to_string(row / 100);
    frame.label = row / 100 % 2;
    frame.status = frame.frame == 0 ? FrameStatus::kOk : FrameStatus::kNoFace;
    writer.append(frame, std::vector<std::uint8_t>(frame.frame == 0 ? 3 : 0));
  }
  writer.finish();
  split_stores(stores, {}, {.by = SplitBy::kIdentity, .calibration = 0.05});
  EXPECT_EQ(CropStore(store_path(stores, "big", Split::kVal)).size(), 10'000u);
  EXPECT_EQ(CropStore(store_path(stores, "big", Split::kCalibration)).size(), 5'000u);
  split_stores(stores, {}, {.by = SplitBy::kPublished});
  EXPECT_EQ(CropStore(store_path(stores, "big", Split::kTrain)).size(), 100'000u);
}

}  // namespace
}  // namespace unmask
