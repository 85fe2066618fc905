#include "report/model_card.h"

#include <gtest/gtest.h>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "tests/report/reported_run.h"
#include "tests/support/python.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using nlohmann::json;
using test_support::hostile_names;

ModelCard drawn_card() {
  ModelCard card;
  card.name = "demo";
  card.tags = {"first"};
  card.chosen = test_support::reported_run(2).trials[1];  // trained on base and augment
  card.chosen.record.test = {{"studio", 0.5, 0.75, std::nullopt, 0.625, std::nullopt}};
  card.chosen.record.numerics = {"one class"};
  card.trials = 2;
  card.stores = {{"base.train", "0011"}};
  card.model_json = R"({"head":"linear","crop_px":224})";
  card.preprocessing_json = R"({"detector":"dlib_hog","crop_px":224})";
  return card;
}

/// What the judge says: the front matter, the foreign tags, the text.
std::vector<json> judged(const ModelCard& card) {
  const test_support::TemporaryFolder folder;
  write_file_durably(folder.path() / "README.md", model_card(card));
  std::istringstream lines(
      test_support::run_python("tests/report/model_card_judge.py", {(folder.path() / "README.md").string()}));
  std::vector<json> parts;
  for (std::string line; std::getline(lines, line);) parts.push_back(json::parse(line));
  return parts;
}

bool says(const ModelCard& card, const std::string& text) { return model_card(card).find(text) != std::string::npos; }

TEST(ModelCard, FrontMatterHoldsTheScoresWithTheirPlaces) {
  const ModelCard card = drawn_card();
  const json front = judged(card).at(0);
  EXPECT_EQ(front.at("pipeline_tag"), "image-classification");
  EXPECT_EQ(front.at("tags"), (json{"deepfake-detection", "face-manipulation", "first"}));
  const json& model = front.at("model-index").at(0);
  EXPECT_EQ(model.at("name"), "demo");
  ASSERT_EQ(model.at("results").size(), 3u);
  const EpochRow& best = card.chosen.record.history.back();
  EXPECT_EQ(model.at("results")[1].at("dataset"), (json{{"name", "augment"}, {"type", "augment"}, {"split", "val"}}));
  const json& metrics = model.at("results")[1].at("metrics");
  ASSERT_EQ(metrics.size(), kScores.size());
  for (std::size_t i = 0; i < kScores.size(); ++i) {
    EXPECT_EQ(metrics[i].at("name"), kScores[i].name);
    EXPECT_EQ(metrics[i].at("value").get<double>(), *(best.val[1].*kScores[i].member)) << "in full precision";
  }
  EXPECT_EQ(model.at("results")[2].at("dataset").at("split"), "test");
  EXPECT_EQ(model.at("results")[2].at("metrics").size(), 3u) << "what isn't defined isn't there";
}

TEST(ModelCard, SaysWhatToBeCarefulAbout) {
  ModelCard card = drawn_card();
  EXPECT_TRUE(says(card, "**Random start**"));
  EXPECT_TRUE(says(card, "Uncalibrated"));
  EXPECT_TRUE(says(card, "the table says what it is worth on datasets"));
  EXPECT_FALSE(says(card, "no test split"));
  EXPECT_FALSE(says(card, "share videos"));
  card.chosen.brief.init = "weights:0123";
  card.calibration_json = "{}";
  card.chosen.record.test.clear();
  card.chosen.brief.allows_leaks = true;
  EXPECT_FALSE(says(card, "Random start"));
  EXPECT_FALSE(says(card, "Uncalibrated"));
  EXPECT_TRUE(says(card, "it was scored on no other dataset"));
  EXPECT_TRUE(says(card, "no test split"));
  EXPECT_TRUE(says(card, "share videos"));
}

TEST(ModelCard, NamesAreTextInYamlAndInMarkdown) {
  std::vector<std::string> names = hostile_names();
  for (const char* name :
       {"---", "a: b", "- x", "*bold* _it_ `code`", "[link](http://x)", "a|b", "#x", "!!python/name:os", "%TAG",
        "\xE2\x80\xA8 line", "\xEF\xBB\xBF mark", "1e5", "null", "```", "<b"})
    names.emplace_back(name);
  ModelCard card = drawn_card();
  card.tags = names;
  card.chosen.brief.train = names;
  card.name = names[0];
  card.stores.clear();
  for (const std::string& name : names) {
    card.chosen.record.point.emplace_back("k" + name, name);
    card.chosen.record.test.push_back({name, 0.5, 0.5, 0.5, 0.5, 0.5});
    card.stores[name] = name;
  }
  const std::vector<json> parts = judged(card);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1], json::array()) << "tags that no name may make";
  ASSERT_EQ(parts[0].at("tags").size(), names.size() + 2);
  EXPECT_EQ(parts[0].at("tags")[2], names[0]);
  const std::string text = parts[2];
  for (const std::string& name : names) {
    const bool plain = std::ranges::all_of(name, [](char letter) { return letter >= ' ' && letter != '\\'; });
    if (!plain) continue;
    EXPECT_NE(text.find("fingerprint of " + name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace unmask
