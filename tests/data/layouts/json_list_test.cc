#include "data/layouts/json_list.h"

#include <gtest/gtest.h>

#include "tests/data/layouts/tree_builder.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

TEST(JsonList, AFileThatIsNoneIsNamedWithItsPlace) {
  const test_support::TreeBuilder tree;
  tree.file("a.json", "{\n\"x\": }");
  const std::string said = test_support::refusal(ErrorKind::kData, [&] { read_json_list(tree.root() / "a.json"); });
  EXPECT_NE(said.find("a.json"), std::string::npos);
  EXPECT_NE(said.find("line 2"), std::string::npos) << said;
}

TEST(JsonList, ALadderOfBracketsEndsNothing) {
  const test_support::TreeBuilder tree;
  tree.file("deep.json", std::string(2'000'000, '['));
  EXPECT_FALSE(test_support::refusal(ErrorKind::kData, [&] { read_json_list(tree.root() / "deep.json"); }).empty());
}

TEST(JsonList, TextsAndWholeNumbersAreTexts) {
  const nlohmann::json object = {{"a", "x"}, {"b", 3}, {"d", {1}}};
  EXPECT_EQ(text_at(object, "a"), "x");
  EXPECT_EQ(text_at(object, "b"), "3");
  EXPECT_EQ(text_at(object, "c"), "");
  EXPECT_EQ(text_at(object, "d"), "");
  EXPECT_EQ(text_at(nlohmann::json(3), "a"), "");
}

TEST(JsonList, PathsStayBelow) {
  EXPECT_EQ(path_below("l.json", "a/./b.mp4"), "a/b.mp4");
  for (const char* name : {"", "/a", "../a", "a/../../b"})
    EXPECT_FALSE(test_support::refusal(ErrorKind::kData, [&] { path_below("l.json", name); }).empty()) << name;
}

}  // namespace
}  // namespace unmask
