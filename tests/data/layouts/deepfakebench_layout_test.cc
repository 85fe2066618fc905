#include "data/layouts/deepfakebench_layout.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

using test_support::source_at;
using test_support::TreeBuilder;

TEST(DeepfakeBenchLayout, ReadsListsWithAndWithoutCompressions) {
  const TreeBuilder tree;
  tree.file("list.json", R"({"FaceForensics++": {
      "FF-real": {"train": {"c23": {"000": {"label": "FF-real", "frames": ["ff\\000\\012.png"]}}}},
      "FF-DF": {"test": {"c23": {"000_003": {"label": "FF-DF", "frames": ["ff/000_003/000.png"]}}}}},
    "Celeb-DF-v2": {"CelebDFv2_fake": {"val": {"id0_id1_0000": {"frames": ["c/x.png", "c/y.png"]}}}}})");
  EXPECT_TRUE(DeepfakeBenchLayout().match(tree.root() / "list.json").fits);
  const auto sources = DeepfakeBenchLayout().list(tree.root() / "list.json");
  ASSERT_EQ(sources.size(), 4u);
  const SourceEntry real = source_at(sources, "ff/000/012.png");
  EXPECT_EQ(real.label, 0);
  EXPECT_EQ(real.frame, 12u);
  EXPECT_EQ(real.compression, "c23");
  EXPECT_EQ(real.dataset, "FaceForensics__");
  EXPECT_EQ(real.split, Split::kTrain);
  const SourceEntry fake = source_at(sources, "ff/000_003/000.png");
  EXPECT_EQ(fake.method, "ff-df");
  EXPECT_EQ(fake.split, Split::kTest);
  EXPECT_EQ(fake.source_identity, "003");
  EXPECT_EQ(source_at(sources, "c/y.png").frame, 1u) << "its place, where its name has no number";
}

TEST(DeepfakeBenchLayout, FaultsNameTheFile) {
  for (const char* text : {"[]", "{\"a\": 1}", "{\"a\": {\"b\": {\"exam\": {}}}}",
                           "{\"a\": {\"b\": {\"train\": {\"v\": {\"frames\": 3}}}}}",
                           "{\"a\": {\"b\": {\"train\": {\"v\": {\"w\": {}}}}}}",
                           "{\"a\": {\"b\": {\"train\": {\"v\": {\"frames\": [\"/x\"]}}}}}",
                           "{\"a\": {\"b\": {\"train\": {\"v\": {\"frames\": [3]}}}}}"}) {
    const TreeBuilder tree;
    tree.file("list.json", text);
    const std::string said =
        test_support::refusal(ErrorKind::kData, [&] { DeepfakeBenchLayout().list(tree.root() / "list.json"); });
    EXPECT_NE(said.find("list.json"), std::string::npos) << text << said;
  }
}

}  // namespace
}  // namespace unmask
