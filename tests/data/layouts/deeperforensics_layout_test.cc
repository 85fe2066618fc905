#include "data/layouts/deeperforensics_layout.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"

namespace unmask {
namespace {

using test_support::source_at;
using test_support::TreeBuilder;

TEST(DeeperForensicsLayout, TakesSplitsFromTheListsAndPersonsFromTheNames) {
  const TreeBuilder tree;
  tree.files({"manipulated_videos/end_to_end/003_W009.mp4", "manipulated_videos/end_to_end_level_1/004_M101.mp4",
              "source_videos/M101/BlendShape/camera_front/x.mp4"});
  tree.file("lists/splits/test.txt", "003_W009.mp4\n");
  const auto sources = DeeperForensicsLayout().list(tree.root());
  ASSERT_EQ(sources.size(), 3u);
  const SourceEntry fake = source_at(sources, "manipulated_videos/end_to_end/003_W009.mp4");
  EXPECT_EQ(fake.split, Split::kTest);
  EXPECT_EQ(fake.target_identity, "003");
  EXPECT_EQ(fake.source_identity, "W009");
  EXPECT_EQ(fake.method, "end_to_end");
  EXPECT_FALSE(source_at(sources, "manipulated_videos/end_to_end_level_1/004_M101.mp4").split);
  const SourceEntry real = source_at(sources, "source_videos/M101/BlendShape/camera_front/x.mp4");
  EXPECT_EQ(real.label, 0);
  EXPECT_EQ(real.target_identity, "M101");
}

}  // namespace
}  // namespace unmask
