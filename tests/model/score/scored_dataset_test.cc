#include "model/score/scored_dataset.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/store/crop_store_writer.h"
#include "model/score/video_index.h"
#include "tests/model/tiny_stores.h"

namespace unmask {
namespace {

TEST(ScoredDatasetTest, IsEveryCropOfOneSplitWithItsVideo) {
  const test_support::TemporaryFolder folder;
  make_tiny_stores(folder / "stores", {.px = 16, .train = 12, .val = 36});
  const ScoredDataset dataset = open_scored_dataset(folder / "stores", "augment", Split::kVal);
  EXPECT_EQ(dataset.name, "augment");
  ASSERT_EQ(dataset.samples.size(), 34u);  // 36 frames, two of them without a face
  ASSERT_EQ(dataset.all.size(), 34u);
  for (std::uint32_t i = 0; i < 34; ++i) EXPECT_EQ(dataset.all[i], i);
  // Frames i and j are of one video where i / 6 and i % 2 are equal (make_tiny_stores.cc).
  EXPECT_EQ(dataset.video_of[0], dataset.video_of[2]);
  EXPECT_EQ(dataset.video_of[1], dataset.video_of[5]);
  EXPECT_NE(dataset.video_of[0], dataset.video_of[1]);
  EXPECT_NE(dataset.video_of[0], dataset.video_of[6]);
  EXPECT_EQ(dataset.video_of, video_indices(dataset.samples));
}

TEST(ScoredDatasetTest, WithoutACropThereIsNothingToScore) {
  const test_support::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "base");
  CropStoreWriter writer(folder / "base" / "test.crops", 16, CropEncoding::kRaw, "{}");
  FrameInfo faceless;
  faceless.dataset = "base";
  faceless.split = Split::kTest;
  faceless.status = FrameStatus::kNoFace;
  writer.append(faceless, {});
  writer.finish();
  const auto refusal = [&](Split split) -> std::string {
    try {
      open_scored_dataset(folder.path(), "base", split);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "opened";
  };
  EXPECT_EQ(refusal(Split::kTest), "dataset base, split test: no crop to score");
  EXPECT_NE(refusal(Split::kVal).find("val.crops"), std::string::npos) << refusal(Split::kVal);
}

}  // namespace
}  // namespace unmask
