#include "data/layouts/faceforensics_layout.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"

namespace unmask {
namespace {

using test_support::source_at;
using test_support::TreeBuilder;

TEST(FaceForensicsLayout, TellsLabelsMethodsCompressionsPairsAndMasks) {
  const TreeBuilder tree;
  tree.files({"original_sequences/youtube/c23/videos/000.mp4", "original_sequences/youtube/raw/videos/000.mp4",
              "original_sequences/actors/c23/videos/01__exit_phone_room.mp4",
              "manipulated_sequences/Deepfakes/c23/videos/000_003.mp4",
              "manipulated_sequences/Deepfakes/masks/videos/000_003.mp4",
              "manipulated_sequences/FaceShifter/c40/videos/003_000.mp4",
              "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__exit_phone_room__YVGY8LOK.mp4"});
  const FaceForensicsLayout layout;
  EXPECT_TRUE(layout.match(tree.root()).fits);
  const auto sources = layout.list(tree.root());
  ASSERT_EQ(sources.size(), 6u) << "a mask is no source";
  const SourceEntry fake = source_at(sources, "manipulated_sequences/Deepfakes/c23/videos/000_003.mp4");
  EXPECT_EQ(fake.label, 1);
  EXPECT_EQ(fake.dataset, "faceforensics");
  EXPECT_EQ(fake.method, "deepfakes");
  EXPECT_EQ(fake.compression, "c23");
  EXPECT_EQ(fake.video, "000_003");
  EXPECT_EQ(fake.target_identity, "000");
  EXPECT_EQ(fake.source_identity, "003");
  EXPECT_EQ(fake.mask, "manipulated_sequences/Deepfakes/masks/videos/000_003.mp4");
  EXPECT_FALSE(fake.split);
  const SourceEntry other = source_at(sources, "manipulated_sequences/FaceShifter/c40/videos/003_000.mp4");
  EXPECT_EQ(other.method, "faceshifter");
  EXPECT_TRUE(other.mask.empty());
  const SourceEntry real = source_at(sources, "original_sequences/youtube/raw/videos/000.mp4");
  EXPECT_EQ(real.label, 0);
  EXPECT_EQ(real.target_identity, "000");
  EXPECT_EQ(real.compression, "raw");
  const SourceEntry actor = source_at(sources, "original_sequences/actors/c23/videos/01__exit_phone_room.mp4");
  EXPECT_EQ(actor.dataset, "deepfakedetection");
  EXPECT_EQ(actor.target_identity, "01");
  const SourceEntry acted =
      source_at(sources, "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__exit_phone_room__YVGY8LOK.mp4");
  EXPECT_EQ(acted.dataset, "deepfakedetection");
  EXPECT_EQ(acted.target_identity, "01");
  EXPECT_EQ(acted.source_identity, "02");
}

TEST(FaceForensicsLayout, ExtractedFramesAreOneVideoAFolder) {
  const TreeBuilder tree;
  tree.files({"manipulated_sequences/Face2Face/c23/images/000_003/0000.png",
              "manipulated_sequences/Face2Face/c23/images/000_003/0012.png"});
  const auto sources = FaceForensicsLayout().list(tree.root());
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[1].kind, SourceKind::kImage);
  EXPECT_EQ(sources[1].video, "000_003");
  EXPECT_EQ(sources[1].frame, 12u);
}

}  // namespace
}  // namespace unmask
