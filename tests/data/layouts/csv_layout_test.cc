#include "data/layouts/csv_layout.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test_support::TreeBuilder;

std::vector<SourceEntry> list_of(const std::string& text) {
  const TreeBuilder tree;
  tree.file("videos.csv", text);
  return CsvLayout().list(tree.root());
}

std::string refused(const std::string& text) {
  return test_support::refusal(ErrorKind::kData, [&] { list_of(text); });
}

TEST(CsvLayout, PathAndLabelAreEnough) {
  const auto sources = list_of("path,label\nb.mp4,fake\nsub/a.png,0\n");
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[0].file, "sub/a.png");
  EXPECT_EQ(sources[0].kind, SourceKind::kImage);
  EXPECT_EQ(sources[0].method, "real");
  EXPECT_EQ(sources[1].label, 1);
  EXPECT_EQ(sources[1].video, "b.mp4");
  EXPECT_FALSE(sources[1].split);
}

TEST(CsvLayout, AllColumnsInAnyOrderWithQuotes) {
  const auto sources = list_of(
      "\xEF\xBB\xBFsplit,label,path,dataset,method,compression,video,target,source\r\n"
      "val,1,\"a, b.mp4\",own,swap,c23,v1,ann,bob\r\n\r\n");
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources[0].file, "a, b.mp4");
  EXPECT_EQ(sources[0].split, Split::kVal);
  EXPECT_EQ(sources[0].dataset, "own");
  EXPECT_EQ(sources[0].method, "swap");
  EXPECT_EQ(sources[0].compression, "c23");
  EXPECT_EQ(sources[0].video, "v1");
  EXPECT_EQ(sources[0].target_identity, "ann");
  EXPECT_EQ(sources[0].source_identity, "bob");
}

TEST(CsvLayout, TheFileItselfIsARoot) {
  const TreeBuilder tree;
  tree.file("mine.csv", "path,label\na.mp4,real\n");
  EXPECT_TRUE(CsvLayout().match(tree.root() / "mine.csv").fits);
  EXPECT_FALSE(CsvLayout().match(tree.root()).fits);
  EXPECT_EQ(CsvLayout().list(tree.root() / "mine.csv").size(), 1u);
}

TEST(CsvLayout, FaultsNameTheLine) {
  EXPECT_NE(refused("path,label\na.mp4,real\nb.mp4,perhaps\n").find("videos.csv:3: label"), std::string::npos);
  EXPECT_NE(refused("path,label\na.mp4,real,more\n").find("videos.csv:2: has 3 cells"), std::string::npos);
  EXPECT_NE(refused("path,lable\n").find("\"lable\" is not known"), std::string::npos);
  EXPECT_NE(refused("path\na.mp4\n").find("column label is missing"), std::string::npos);
  EXPECT_NE(refused("path,label,path\n").find("stands twice"), std::string::npos);
  EXPECT_NE(refused("path,label\n/etc/passwd,real\n").find("below the list's folder"), std::string::npos);
  EXPECT_NE(refused("path,label\n../x.mp4,real\n").find("below the list's folder"), std::string::npos);
  EXPECT_NE(refused("path,label,split\na.mp4,real,exam\n").find("videos.csv:2: split"), std::string::npos);
  EXPECT_NE(refused("path,label,dataset\na.mp4,real,a b\n").find("videos.csv:2: dataset"), std::string::npos);
  EXPECT_NE(refused("").find("is empty"), std::string::npos);
  EXPECT_NE(refused("path,label\n").find("no videos"), std::string::npos);
}

TEST(CsvLayout, TwoSourcesOfOneVideoAreRefused) {
  EXPECT_NE(refused("path,label,video\na.mp4,real,v\nb.mp4,real,v\n").find("two sources are one video"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
