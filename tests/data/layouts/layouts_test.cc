#include <gtest/gtest.h>

#include "data/layouts/layout.h"
#include "tests/data/layouts/tree_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test_support::TreeBuilder;

std::string_view recognised(const TreeBuilder& tree) { return recognise_layout(tree.root()).name(); }

TEST(Layouts, AreRecognisedByTheirTrees) {
  const auto name_of = [](const std::string& file) {
    const TreeBuilder tree;
    tree.file(file, file.ends_with(".csv") ? "path,label\n" : "{}");
    return std::string(recognised(tree));
  };
  EXPECT_EQ(name_of("base_deepfake/real/frames/000_000.png"), "published");
  EXPECT_EQ(name_of("datasets/base_deepfake/real/frames/000_000.png"), "published");
  EXPECT_EQ(name_of("original_sequences/youtube/c23/videos/000.mp4"), "faceforensics");
  EXPECT_EQ(name_of("Celeb-real/id0_0000.mp4"), "celeb_df");
  EXPECT_EQ(name_of("dfdc_train_part_3/metadata.json"), "dfdc");
  EXPECT_EQ(name_of("manipulated_videos/end_to_end/a.mp4"), "deeperforensics");
  EXPECT_EQ(name_of("real/a.mp4"), "plain");
  EXPECT_EQ(name_of("videos.csv"), "csv");
}

TEST(Layouts, ATreeThatFitsNoneIsToldWhatWasLookedFor) {
  const TreeBuilder tree;
  tree.file("stuff/a.mp4");
  const std::string said = test_support::refusal(ErrorKind::kData, [&] { recognise_layout(tree.root()); });
  for (const Layout* layout : all_layouts())
    EXPECT_NE(said.find("\n  " + std::string(layout->name()) + ": looked for "), std::string::npos) << said;
  EXPECT_NE(said.find("CSV"), std::string::npos);
}

TEST(Layouts, AnUnknownNameIsToldTheKnown) {
  const std::string said = test_support::refusal(ErrorKind::kUsage, [] { named_layout("dfcd"); });
  EXPECT_NE(said.find("\"dfcd\""), std::string::npos);
  EXPECT_NE(said.find("dfdc"), std::string::npos);
  EXPECT_EQ(named_layout("dfdc").name(), "dfdc");
}

TEST(Layouts, LabelsAreSaidByFolder) {
  const TreeBuilder tree;
  for (int i = 0; i < 1200; ++i) {
    const std::string number = std::to_string(1000 + i);
    tree.file("manipulated_sequences/Deepfakes/c23/videos/" + number + ".mp4");
  }
  tree.file("original_sequences/youtube/c23/videos/000.mp4");
  const auto said = labels_said(recognise_layout(tree.root()).list(tree.root()));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[0], "real: original_sequences/youtube/c23/videos, 1 video (dataset faceforensics)");
  EXPECT_EQ(said[1], "fake: manipulated_sequences/Deepfakes/c23/videos, 1,200 videos (dataset faceforensics)");
}

}  // namespace
}  // namespace unmask
