#include "data/layouts/plain_layout.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"

namespace unmask {
namespace {

using test_support::source_at;
using test_support::TreeBuilder;

TEST(PlainLayout, TakesVideosPicturesAndFoldersOfFrames) {
  const TreeBuilder tree;
  tree.files({"Real/holiday.MOV", "Real/ann/001.png", "Real/ann/002.png", "Real/bob_003.jpg", "Real/notes.txt",
              "fake/FaceSwap/clip.mp4", "fake/000_003.mp4", "fake/FaceSwap/seq/0007.png", "fake/.hidden/x.mp4"});
  ASSERT_TRUE(PlainLayout().match(tree.root()).fits);
  const auto sources = PlainLayout().list(tree.root());
  ASSERT_EQ(sources.size(), 7u);
  EXPECT_EQ(source_at(sources, "Real/holiday.MOV").label, 0);
  EXPECT_EQ(source_at(sources, "Real/ann/002.png").video, "ann");
  EXPECT_EQ(source_at(sources, "Real/ann/002.png").frame, 2u);
  EXPECT_EQ(source_at(sources, "Real/bob_003.jpg").video, "bob");
  EXPECT_EQ(source_at(sources, "Real/bob_003.jpg").frame, 3u);
  EXPECT_EQ(source_at(sources, "fake/FaceSwap/clip.mp4").method, "faceswap");
  EXPECT_EQ(source_at(sources, "fake/FaceSwap/seq/0007.png").method, "faceswap");
  EXPECT_EQ(source_at(sources, "fake/000_003.mp4").target_identity, "000");
  EXPECT_EQ(source_at(sources, "fake/000_003.mp4").source_identity, "003");
  EXPECT_FALSE(sources.front().split);
}

TEST(PlainLayout, FoldersOfSplitsSaySplits) {
  const TreeBuilder tree;
  tree.files({"train/real/a.mp4", "Validation/fake/b.mp4", "test/real/c.mp4"});
  const auto sources = PlainLayout().list(tree.root());
  EXPECT_EQ(source_at(sources, "train/real/a.mp4").split, Split::kTrain);
  EXPECT_EQ(source_at(sources, "Validation/fake/b.mp4").split, Split::kVal);
  EXPECT_EQ(source_at(sources, "test/real/c.mp4").split, Split::kTest);
}

TEST(PlainLayout, TheDatasetIsCalledLikeItsFolder) {
  const TreeBuilder tree;
  tree.file("my videos!/real/a.mp4");
  EXPECT_EQ(PlainLayout().list(tree.root() / "my videos!").at(0).dataset, "my_videos_");
}

TEST(PlainLayout, ALinkThatLeadsBackIsNotFollowed) {
  const TreeBuilder tree;
  tree.file("real/a.mp4");
  std::filesystem::create_directory_symlink(tree.root(), tree.root() / "real" / "again");
  EXPECT_EQ(PlainLayout().list(tree.root()).size(), 1u);
}

}  // namespace
}  // namespace unmask
