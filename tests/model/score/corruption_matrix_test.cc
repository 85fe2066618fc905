#include "model/score/corruption_matrix.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "base/table_text.h"

namespace unmask {
namespace {

/// Frame `number` of base/test, of videos of two frames; not scored yet.
EvaluatedFrame frame_of(std::uint32_t number, bool is_fake, const std::string& identity) {
  EvaluatedFrame each;
  each.frame.dataset = "base";
  each.frame.label = is_fake;
  each.frame.method = is_fake ? "swap" : "real";
  each.frame.video = "v" + std::to_string(number / 2);
  each.frame.target_identity = identity;
  each.frame.frame = number % 2;
  each.frame.split = Split::kTest;
  return each;
}

/// Four videos of two frames; `lost`: of the last no face is found any more.
std::vector<EvaluationRow> rows(double gap, bool lost) {
  std::vector<EvaluatedFrame> frames;
  for (std::uint32_t i = 0; i < 8; ++i) {
    EvaluatedFrame each = frame_of(i, i % 4 >= 2, "v" + std::to_string(i / 2));
    each.score = 0.4 + (each.frame.label != 0 ? gap : 0) + 0.01 * i;
    if (lost && i >= 6) each.score.reset();
    frames.push_back(each);
  }
  return evaluate_frames(frames, {});
}

CorruptionMatrix matrix() {
  return {"0123",
          true,
          {{.corruption = kClean, .rows = rows(0.3, false)}, {"resize", 2, "divided by", 1.5, rows(-0.3, true)}}};
}

std::vector<std::vector<std::string>> lines_of(const std::string& csv) {
  std::vector<std::vector<std::string>> lines;
  for (std::size_t at = 0; at < csv.size();) {
    const std::size_t end = csv.find('\n', at);
    lines.push_back(split_csv(csv.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

TEST(CorruptionMatrixTest, TheCsvHasALineADatasetGroupAndCorruption) {
  const auto lines = lines_of(corruption_csv(matrix()));
  ASSERT_EQ(lines.size(), 5u);  // all and swap
  const auto cell = [&](std::size_t line, const std::string& column) {
    const auto at = std::ranges::find(lines[0], column) - lines[0].begin();
    return lines[line].at(static_cast<std::size_t>(at));
  };
  for (const auto& line : lines) EXPECT_EQ(line.size(), lines[0].size());
  EXPECT_EQ(cell(1, "corruption"), "clean");
  EXPECT_EQ(cell(1, "strength"), "0");
  EXPECT_EQ(cell(1, "value"), "");
  EXPECT_EQ(cell(1, "video_auc"), "1");
  EXPECT_EQ(cell(1, "coverage"), "1");
  EXPECT_EQ(cell(2, "corruption"), "resize");
  EXPECT_EQ(cell(2, "group"), "all");
  EXPECT_EQ(cell(2, "strength"), "2");
  EXPECT_EQ(cell(2, "parameter"), "divided by");
  EXPECT_EQ(cell(2, "value"), "1.5");
  EXPECT_EQ(cell(2, "video_auc"), "0");
  EXPECT_EQ(cell(2, "coverage"), "0.75");
  EXPECT_EQ(cell(2, "frames"), "8");
  EXPECT_EQ(cell(2, "faces"), "6");
  EXPECT_EQ(cell(2, "videos_scored"), "3");
  EXPECT_EQ(cell(2, "on"), "sources");
  EXPECT_EQ(cell(3, "group"), "swap");
  EXPECT_EQ(cell(3, "corruption"), "clean");
}

TEST(CorruptionMatrixTest, TheJsonSaysTheSame) {
  const CorruptionMatrix of = matrix();
  const auto json = nlohmann::json::parse(corruption_json(of));
  EXPECT_EQ(json.at("format"), "unmask.corruption.1");
  EXPECT_EQ(json.at("model_digest"), "0123");
  EXPECT_EQ(json.at("on"), "sources");
  ASSERT_EQ(json.at("rows").size(), 4u);
  EXPECT_TRUE(json["rows"][0].at("value").is_null());
  const auto& worse = json["rows"][1];
  EXPECT_EQ(worse.at("value"), 1.5);
  EXPECT_EQ(worse.at("coverage"), 0.75);
  EXPECT_EQ(worse.at("by_frame").at("n"), 6);
  EXPECT_EQ(worse.at("by_video").at("auc"), 0.0);
  // The same numbers as evaluate's own document has.
  const auto whole = nlohmann::json::parse(evaluation_json(of.scores[1].rows, "0123", "", corruption_json(of)));
  EXPECT_EQ(worse.at("by_video"), whole.at("rows").at(0).at("by_video"));
  EXPECT_EQ(worse.at("by_frame"), whole.at("rows").at(0).at("by_frame"));
  EXPECT_EQ(whole.at("corruption"), json);
}

/// Sixty videos of two frames, some of one person, some faces lost, whose scores tell a little: no number of its row
/// is like another.
EvaluationRow varied_row() {
  std::vector<EvaluatedFrame> frames;
  for (std::uint32_t i = 0; i < 120; ++i) {
    EvaluatedFrame each = frame_of(i, i % 6 >= 4, "p" + std::to_string(i / 2 % 48));
    if (i % 10 != 7 && i / 2 != 5) each.score = std::fmod(0.618 * i, 1.0) * 0.9 + (each.frame.label != 0 ? 0.1 : 0);
    frames.push_back(each);
  }
  return evaluate_frames(frames, {}).at(0);
}

TEST(CorruptionMatrixTest, EachNumberStandsInItsColumn) {
  const EvaluationRow row = varied_row();
  ASSERT_TRUE(row.frame_intervals.auc && row.video_intervals.auc);
  const Interval of_frames = *row.frame_intervals.auc, of_videos = *row.video_intervals.auc;
  const std::map<std::string, std::string> wanted = {
      {"frame_auc", number_text(row.by_frame.auc)},
      {"frame_auc_lower", number_text(of_frames.low)},
      {"frame_auc_upper", number_text(of_frames.high)},
      {"video_auc", number_text(row.by_video.auc)},
      {"lower", number_text(of_videos.low)},
      {"upper", number_text(of_videos.high)},
      {"video_balanced_accuracy", number_text(row.by_video.balanced_accuracy)},
      {"video_eer", number_text(row.by_video.eer)},
      {"coverage", number_text(static_cast<double>(row.crops) / static_cast<double>(row.frames))},
      {"frames", std::to_string(row.frames)},
      {"faces", std::to_string(row.crops)},
      {"videos", std::to_string(row.videos)},
      {"videos_scored", std::to_string(row.videos_scored)},
      {"clusters", std::to_string(row.clusters)}};
  std::set<std::string> different;
  for (const auto& [column, value] : wanted) different.insert(value);
  EXPECT_EQ(different.size(), wanted.size())
      << "else columns could be swapped unseen: " << testing::PrintToString(wanted);
  const CorruptionMatrix of = {"0123", true, {{"jpeg", 3, "quality", 50, {row}}}};
  const auto lines = lines_of(corruption_csv(of));
  ASSERT_EQ(lines.size(), 2u);
  for (const auto& [column, value] : wanted) {
    const auto at = std::ranges::find(lines[0], column) - lines[0].begin();
    EXPECT_EQ(lines[1].at(static_cast<std::size_t>(at)), value) << column;
  }
  const auto of_json = nlohmann::json::parse(corruption_json(of)).at("rows").at(0);
  for (const char* column : {"frames", "faces", "videos", "videos_scored", "clusters"})
    EXPECT_EQ(std::to_string(of_json.at(column).get<int>()), wanted.at(column));
  EXPECT_EQ(of_json.at("by_frame").at("auc"), *row.by_frame.auc);
  EXPECT_EQ(of_json.at("by_video").at("auc"), *row.by_video.auc);
  const auto four = [](const std::optional<double>& value) { return fixed_text(*value, 4); };
  const std::string words = std::regex_replace(corruption_table(of), std::regex("  +"), "|");
  const std::string cells = "base|test|jpeg|3|quality 50|" + wanted.at("faces") + "/" + wanted.at("frames") + "|" +
                            four(row.by_frame.auc) + "|" + wanted.at("videos_scored") + "/" + wanted.at("videos") +
                            "|" + four(row.by_video.balanced_accuracy) + "|" + four(row.by_video.auc) + "|" +
                            four(of_videos.low) + " to " + four(of_videos.high);
  EXPECT_NE(words.find(cells), std::string::npos) << words << "\nwanted " << cells;
}

TEST(CorruptionMatrixTest, TheTableSaysWhatWasCorrupted) {
  CorruptionMatrix of = matrix();
  const std::string table = corruption_table(of);
  EXPECT_EQ(table.find("Corrupted: the frames of the sources, before faces were found"), 0u);
  for (const std::string part : {"clean", "divided by 1.5", "6/8", "3/4", "0.0000"})
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  EXPECT_EQ(table.find("swap"), std::string::npos);  // methods are for files
  of.on_sources = false;
  EXPECT_EQ(corruption_table(of).find("Corrupted: the stored crops"), 0u);
  EXPECT_NE(corruption_csv(of).find(",crops\n"), std::string::npos);
}

TEST(CorruptionMatrixTest, NothingIsNoFault) {
  EXPECT_EQ(lines_of(corruption_csv({})).size(), 1u);
  EXPECT_TRUE(nlohmann::json::parse(corruption_json({})).at("rows").empty());
}

}  // namespace
}  // namespace unmask
