#include "report/won_and_lost.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace unmask {
namespace {

nlohmann::json row_of(const std::string& dataset, const std::string& standing, nlohmann::json interval) {
  return {{"dataset", dataset},
          {"split", "val"},
          {"group", "all"},
          {"videos", 8},
          {"left_out", 0},
          {"clusters", 4},
          {"standing", standing},
          {"by_video",
           {{"accuracy", {{"ours", 0.1}}},
            {"auc", {{"ours", 0.5}, {"theirs", 0.75}, {"difference", -0.25}, {"interval", interval}}}}}};
}

nlohmann::json document() {
  return {{"format", "unmask.init_comparison.1"},
          {"init", {{"model_digest", "d0"}, {"datasets", {"base"}}}},
          {"chosen", {{"model_digest", "d1"}, {"datasets", {"augment"}}, {"replay", 0.2}}},
          {"stores", {{"base/val", "ff"}}},
          {"missing", {"late/val"}},
          {"rows", {row_of("base", "old", {-0.5, -0.125}), row_of("augment", "new", nullptr)}}};
}

TEST(WonAndLost, OursIsNowAndTheirsBefore) {
  const auto json = nlohmann::json::parse(won_and_lost_rows(document().dump(), "d1"));
  EXPECT_EQ(json["began_with"], nlohmann::json({"base"}));
  EXPECT_EQ(json["replay"], 0.2);
  EXPECT_EQ(json["missing"][0], "late/val");
  ASSERT_EQ(json["rows"].size(), 2u);
  const auto& row = json["rows"][0];
  EXPECT_EQ(row["standing"], "old");
  EXPECT_EQ(row["videos"], 8);
  EXPECT_EQ(row["clusters"], 4);
  EXPECT_EQ(row["before"], 0.75);
  EXPECT_EQ(row["now"], 0.5);
  EXPECT_EQ(row["difference"], -0.25);
  EXPECT_EQ(row["interval"], nlohmann::json({-0.5, -0.125}));
  EXPECT_TRUE(json["rows"][1]["interval"].is_null());
}

TEST(WonAndLost, OfAnotherModelOrOfNoSuchDocumentThereIsNothing) {
  EXPECT_EQ(won_and_lost_rows(document().dump(), "d0"), "");
  for (const std::string text : {"", "{", "[]", "{}", "{\"format\": 7}"})
    EXPECT_EQ(won_and_lost_rows(text, "d1"), "") << text;
  for (const char* key : {"format", "init", "chosen", "missing", "rows"}) {
    nlohmann::json without = document();
    without.erase(key);
    EXPECT_EQ(won_and_lost_rows(without.dump(), "d1"), "") << key;
  }
  for (const char* key : {"dataset", "group", "standing", "videos", "by_video"}) {
    nlohmann::json without = document();
    without["rows"][0].erase(key);
    EXPECT_EQ(won_and_lost_rows(without.dump(), "d1"), "") << key;
    nlohmann::json other = document();
    other["rows"][0][key] = nlohmann::json::array();
    EXPECT_EQ(won_and_lost_rows(other.dump(), "d1"), "") << key << " of another kind";
  }
  nlohmann::json empty = document();
  empty["rows"] = nlohmann::json::array();
  EXPECT_EQ(won_and_lost_rows(empty.dump(), "d1"), "");
}

}  // namespace
}  // namespace unmask
