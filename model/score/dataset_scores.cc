#include "model/score/dataset_scores.h"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "model/score/optional_json.h"

namespace unmask {

DatasetScores take_scores(const std::string& dataset, const DatasetMeasures& measures) {
  DatasetScores scores;
  scores.dataset = dataset;
  for (const ScoreKind& score : kScores) scores.*score.member = score.take(measures);
  return scores;
}

const ScoreKind* find_score(const std::string& name) {
  const auto* found = std::ranges::find_if(kScores, [&](const ScoreKind& score) { return score.name == name; });
  return found == kScores.end() ? nullptr : found;
}

std::vector<std::string> score_names() {
  std::vector<std::string> names;
  for (const ScoreKind& score : kScores) names.emplace_back(score.name);
  return names;
}

std::optional<double> compared_value(const DatasetScores& scores, const std::string& name) {
  const ScoreKind* score = find_score(name);
  if (score == nullptr) throw std::logic_error("there is no score \"" + name + "\"");
  const std::optional<double> value = scores.*score->member;
  return value && !score->larger_is_better ? -*value : value;
}

std::string score_columns(const std::string& prefix) {
  std::string text;
  for (const ScoreKind& score : kScores) text += (text.empty() ? "" : ",") + prefix + score.name;
  return text;
}

std::string score_cells(const DatasetScores& scores) {
  std::string text;
  for (const ScoreKind& score : kScores) {
    if (&score != kScores.begin()) text += ",";
    text += number_text(scores.*score.member);
  }
  return text;
}

std::string test_csv(const std::vector<DatasetScores>& rows) {
  std::string csv = "dataset," + score_columns("") + "\n";
  for (const DatasetScores& row : rows) csv += row.dataset + "," + score_cells(row) + "\n";
  return csv;
}

std::string scores_json(const std::vector<DatasetScores>& rows) {
  nlohmann::json list = nlohmann::json::array();
  for (const DatasetScores& row : rows) {
    nlohmann::json object = {{"dataset", row.dataset}};
    for (const ScoreKind& score : kScores) {
      object[score.name] = json_or_null(row.*score.member);
    }
    list.push_back(object);
  }
  return list.dump();
}

std::vector<DatasetScores> scores_from_json(const std::string& text) {
  std::vector<DatasetScores> rows;
  for (const nlohmann::json& object : nlohmann::json::parse(text)) {
    DatasetScores& row = rows.emplace_back();
    row.dataset = object.at("dataset").get<std::string>();
    for (const ScoreKind& score : kScores) {
      const auto value = object.find(score.name);
      if (value != object.end()) row.*score.member = optional_number(*value);
    }
  }
  return rows;
}

}  // namespace unmask
