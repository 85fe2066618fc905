// In a browser: verdict_page_browser.py.
#include "report/verdict_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/report/judged_inputs.h"

namespace unmask {
namespace {

using test_support::judged_video;

nlohmann::json data_of(const VerdictPage& page) {
  const std::string html = page.html(), begin = "id=\"data\"";
  const std::size_t from = html.find('>', html.find(begin)) + 1;
  return nlohmann::json::parse(html.substr(from, html.find("</script>", from) - from));
}

std::vector<std::string> names_of(const nlohmann::json& data, std::size_t part) {
  std::vector<std::string> names;
  for (const nlohmann::json& input : data.at("inputs"))
    if (!input.at(part).is_null()) names.push_back(input.at(0).at("input"));
  return names;
}

TEST(VerdictPageTest, HoldsWhatWasJudgedAndByWhat) {
  VerdictOptions options;
  options.threshold = 0.6;
  VerdictPage page({"runs/demo", "abc", {{"trained", R"({"datasets":["base"]})"}, {"model", "damaged"}}}, options);
  page.add(judged_video("a.mp4", 0.9, 8, options));
  page.add(judged_video("b.mp4", 0.2, 8, options));
  const nlohmann::json data = data_of(page);
  EXPECT_EQ(data.at("model").at("name"), "runs/demo");
  EXPECT_EQ(data.at("model").at("threshold"), 0.6);
  EXPECT_EQ(data.at("model").at("trained").at("datasets").at(0), "base");
  EXPECT_TRUE(data.at("model").at("calibration").is_null());
  EXPECT_TRUE(data.at("model").at("model").is_null());
  EXPECT_EQ(data.at("verdicts").at("fake"), 1);
  EXPECT_EQ(names_of(data, 2), (std::vector<std::string>{"a.mp4", "b.mp4"}));
  const nlohmann::json& first = data.at("inputs").at(0);
  EXPECT_EQ(first.at(0).at("people").at(0).at("verdict"), "fake");
  EXPECT_EQ(first.at(1).size(), 8u);
  EXPECT_EQ(first.at(2).size(), 6u);
}

TEST(VerdictPageTest, StaysSmallAndLeavesOutTheLowestScoresFirst) {
  VerdictPage page({"m", "d", {}}, {}, 200'000);
  for (int i = 0; i < 30; ++i) page.add(judged_video(std::to_string(i), i == 3 ? 0.9 : 0.1 + 0.01 * i, 8, {}, 10'000));
  EXPECT_LT(page.html().size(), 250'000u);
  const nlohmann::json data = data_of(page);
  const std::size_t without = data.at("left_out").at("pictures");
  EXPECT_EQ(data.at("left_out").at("inputs"), 0);
  EXPECT_EQ(names_of(data, 0).size(), 30u);
  EXPECT_EQ(names_of(data, 2).size() + without, 30u);
  EXPECT_EQ(names_of(data, 2), (std::vector<std::string>{"3", "29"}));
}

TEST(VerdictPageTest, InputsGoLastAndAreCounted) {
  VerdictPage page({"m", "d", {}}, {}, 20'000);
  for (int i = 0; i < 300; ++i) page.add(judged_video(std::to_string(i), i == 250 ? 0.9 : 0.3, 8, {}, 500));
  EXPECT_LT(page.html().size(), 70'000u);
  const nlohmann::json data = data_of(page);
  const std::size_t kept = data.at("inputs").size();
  EXPECT_GT(kept, 10u);
  EXPECT_EQ(data.at("left_out").at("inputs"), 300 - kept);
  EXPECT_EQ(data.at("verdicts").at("no manipulation found"), 299) << "all are counted";
  EXPECT_EQ(names_of(data, 0).front(), "0");
  EXPECT_EQ(names_of(data, 0).back(), "250");
}

TEST(VerdictPageTest, NamesThatGrowInAPageDontMakeItLarge) {
  VerdictPage page({"m", "d", {}}, {}, 20'000);
  for (int i = 0; i < 20; ++i) page.add(judged_video(std::string(2000, '<'), 0.3, 1, {}));
  EXPECT_LT(page.html().size(), 70'000u);
}

}  // namespace
}  // namespace unmask
