#include "report/corruption_rows.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace unmask {
namespace {

nlohmann::json row_of(const std::string& group, const std::string& corruption, int strength, nlohmann::json auc) {
  const bool clean = corruption == "clean";
  return {{"dataset", "base"},
          {"split", "test"},
          {"group", group},
          {"corruption", corruption},
          {"strength", strength},
          {"parameter", clean ? nlohmann::json() : nlohmann::json("quality")},
          {"value", clean ? nlohmann::json() : nlohmann::json(90)},
          {"coverage", 0.5},
          {"by_frame", {{"auc", 0.1}}},
          {"by_video", {{"auc", auc}, {"intervals", {{"auc", {0.4, 0.9}}}}}}};
}

nlohmann::json document() {
  return {{"format", "unmask.corruption.1"},
          {"model_digest", "d1"},
          {"on", "crops"},
          {"rows",
           {row_of("all", "clean", 0, 0.9), row_of("swap", "clean", 0, 0.8), row_of("all", "jpeg", 1, 0.7),
            row_of("all", "jpeg", 2, nullptr)}}};
}

TEST(CorruptionRows, AreThoseOfWholeDatasets) {
  const auto json = nlohmann::json::parse(corruption_rows(document().dump(), "d1"));
  EXPECT_EQ(json["on"], "crops");
  ASSERT_EQ(json["rows"].size(), 3u);
  EXPECT_EQ(json["rows"][0]["corruption"], "clean");
  EXPECT_EQ(json["rows"][0]["value"], "");
  EXPECT_EQ(json["rows"][1]["video_auc"], 0.7);
  EXPECT_EQ(json["rows"][1]["value"], "quality 90");
  EXPECT_EQ(json["rows"][1]["interval"][1], 0.9);
  EXPECT_EQ(json["rows"][1]["coverage"], 0.5);
  EXPECT_TRUE(json["rows"][2]["video_auc"].is_null());
}

TEST(CorruptionRows, OfAnotherModelOrOfNoSuchDocumentThereAreNone) {
  EXPECT_EQ(corruption_rows(document().dump(), "d2"), "");
  for (const std::string text : {"", "{", "[]", "{}", "{\"format\": 7}"})
    EXPECT_EQ(corruption_rows(text, "d1"), "") << text;
  for (const char* key : {"format", "model_digest", "on", "rows"}) {
    nlohmann::json without = document();
    without.erase(key);
    EXPECT_EQ(corruption_rows(without.dump(), "d1"), "") << key;
  }
  for (const char* key : {"dataset", "group", "strength", "by_video", "coverage"}) {
    nlohmann::json without = document();
    without["rows"][0].erase(key);
    EXPECT_EQ(corruption_rows(without.dump(), "d1"), "") << key;
  }
}

}  // namespace
}  // namespace unmask
