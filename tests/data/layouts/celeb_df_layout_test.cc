#include "data/layouts/celeb_df_layout.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test_support::source_at;
using test_support::TreeBuilder;

void make_tree(const TreeBuilder& tree, const std::string& list) {
  tree.files({"Celeb-real/id0_0003.mp4", "Celeb-real/id1_0000.mp4", "YouTube-real/00170.mp4",
              "Celeb-synthesis/id0_id16_0003.mp4", "Celeb-synthesis/id1_id2_0000.mp4"});
  if (!list.empty()) tree.file("List_of_testing_videos.txt", list);
}

TEST(CelebDfLayout, OneInTheListMeansReal) {
  const TreeBuilder tree;
  make_tree(tree, "1 YouTube-real/00170.mp4\r\n0 Celeb-synthesis/id0_id16_0003.mp4\n");
  ASSERT_TRUE(CelebDfLayout().match(tree.root()).fits);
  const auto sources = CelebDfLayout().list(tree.root());
  ASSERT_EQ(sources.size(), 5u);
  const SourceEntry fake = source_at(sources, "Celeb-synthesis/id0_id16_0003.mp4");
  EXPECT_EQ(fake.label, 1);
  EXPECT_EQ(fake.split, Split::kTest);
  EXPECT_EQ(fake.target_identity, "id0");
  EXPECT_EQ(fake.source_identity, "id16");
  EXPECT_EQ(fake.dataset, "celeb_df_v1");
  const SourceEntry real = source_at(sources, "YouTube-real/00170.mp4");
  EXPECT_EQ(real.label, 0);
  EXPECT_EQ(real.split, Split::kTest);
  EXPECT_EQ(real.target_identity, "youtube-00170");
  EXPECT_EQ(source_at(sources, "Celeb-real/id0_0003.mp4").target_identity, "id0");
  EXPECT_EQ(source_at(sources, "Celeb-real/id0_0003.mp4").split, Split::kTrain);
}

TEST(CelebDfLayout, AListThatDisagreesWithTheFoldersIsRefused) {
  const TreeBuilder tree;
  make_tree(tree, "0 YouTube-real/00170.mp4\n");
  EXPECT_NE(test_support::refusal(ErrorKind::kData, [&] { CelebDfLayout().list(tree.root()); }).find("1 means real"),
            std::string::npos);
}

TEST(CelebDfLayout, ABrokenLineIsNamed) {
  const TreeBuilder tree;
  make_tree(tree, "1 YouTube-real/00170.mp4\nwhat\n");
  EXPECT_NE(test_support::refusal(ErrorKind::kData, [&] { CelebDfLayout().list(tree.root()); })
                .find("List_of_testing_videos.txt:2"),
            std::string::npos);
}

TEST(CelebDfLayout, WithoutAListNothingIsSaidOfSplits) {
  const TreeBuilder tree;
  make_tree(tree, "");
  const auto sources = CelebDfLayout().list(tree.root());
  EXPECT_FALSE(sources.front().split);
  EXPECT_EQ(sources.front().dataset, "celeb_df_v2");
}

}  // namespace
}  // namespace unmask
