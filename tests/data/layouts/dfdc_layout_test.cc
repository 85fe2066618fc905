#include "data/layouts/dfdc_layout.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test_support::source_at;
using test_support::TreeBuilder;

TEST(DfdcLayout, ReadsEveryPartAndLeavesOutWhatIsNotThere) {
  const TreeBuilder tree;
  tree.file("dfdc_train_part_0/metadata.json",
            R"({"a.mp4": {"label": "FAKE", "split": "train", "original": "b.mp4"},
                "b.mp4": {"label": "REAL", "split": "train"}, "gone.mp4": {"label": "REAL"}})");
  tree.file("dfdc_train_part_1/metadata.json", R"({"c.mp4": {"label": "REAL", "split": "train"}})");
  tree.files({"dfdc_train_part_0/a.mp4", "dfdc_train_part_0/b.mp4", "dfdc_train_part_0/unlabelled.mp4",
              "dfdc_train_part_1/c.mp4"});
  ASSERT_TRUE(DfdcLayout().match(tree.root()).fits);
  const auto sources = DfdcLayout().list(tree.root());
  ASSERT_EQ(sources.size(), 3u);
  const SourceEntry fake = source_at(sources, "dfdc_train_part_0/a.mp4");
  EXPECT_EQ(fake.label, 1);
  EXPECT_EQ(fake.target_identity, "b");
  EXPECT_FALSE(fake.split);
  EXPECT_EQ(source_at(sources, "dfdc_train_part_0/b.mp4").target_identity, "b");
  EXPECT_EQ(source_at(sources, "dfdc_train_part_1/c.mp4").label, 0);
}

TEST(DfdcLayout, OnePartAloneWillDo) {
  const TreeBuilder tree;
  tree.file("metadata.json", R"({"a.mp4": {"label": "REAL"}})");
  tree.file("a.mp4");
  EXPECT_EQ(DfdcLayout().list(tree.root()).at(0).file, "a.mp4");
}

TEST(DfdcLayout, ThePreviewHasSplitsAndPersons) {
  const TreeBuilder tree;
  tree.file("dataset.json",
            R"({"method_A/1/x.mp4": {"label": "fake", "set": "test", "target_id": 5, "swapped_id": "7"},
                "original_videos/7/y.mp4": {"label": "real", "set": "train", "target_id": "7"}})");
  tree.files({"method_A/1/x.mp4", "original_videos/7/y.mp4"});
  const auto sources = DfdcLayout().list(tree.root());
  EXPECT_EQ(source_at(sources, "method_A/1/x.mp4").split, Split::kTest);
  EXPECT_EQ(source_at(sources, "method_A/1/x.mp4").target_identity, "5");
  EXPECT_EQ(source_at(sources, "method_A/1/x.mp4").source_identity, "7");
  EXPECT_EQ(source_at(sources, "original_videos/7/y.mp4").target_identity, "7");
}

TEST(DfdcLayout, FaultsNameTheFile) {
  for (const char* text : {"{\"a.mp4\": {\"label\": \"MAYBE\"}}", "{\"a.mp4\": 3}", "[1, 2]", "{\"a.mp4\":", ""}) {
    const TreeBuilder tree;
    tree.file("metadata.json", text);
    tree.file("a.mp4");
    EXPECT_NE(test_support::refusal(ErrorKind::kData, [&] { DfdcLayout().list(tree.root()); }).find("metadata.json"),
              std::string::npos)
        << text;
  }
  const TreeBuilder tree;
  tree.file("dataset.json", R"({"../x.mp4": {"label": "fake"}})");
  EXPECT_NE(test_support::refusal(ErrorKind::kData, [&] { DfdcLayout().list(tree.root()); }).find("\"..\""),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
