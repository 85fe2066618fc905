#include "model/train/history.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "model/score/optional_json.h"

namespace unmask {
namespace {

using nlohmann::json;

/// JSON knows no NaN and writes null.
double number_from(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

json row_to_json(const EpochRow& row) {
  return {{"epoch", row.epoch},
          {"step", row.step},
          {"lr", row.lr},
          {"train_loss", json_or_null(row.train_loss)},
          {"train_accuracy", json_or_null(row.train_accuracy)},
          {"val", json::parse(scores_json(row.val))}};
}

EpochRow row_from_json(const json& object) {
  EpochRow row;
  row.epoch = object.at("epoch").get<int>();
  row.step = object.at("step").get<std::int64_t>();
  row.lr = number_from(object.at("lr"));
  row.train_loss = optional_number(object.at("train_loss"));
  row.train_accuracy = optional_number(object.at("train_accuracy"));
  row.val = scores_from_json(object.at("val").dump());
  return row;
}

}  // namespace

std::string history_json(const std::vector<EpochRow>& rows) {
  json history = json::array();
  for (const EpochRow& row : rows) history.push_back(row_to_json(row));
  return history.dump();
}

std::vector<EpochRow> history_from_json(const std::string& text) {
  std::vector<EpochRow> rows;
  for (const json& row : json::parse(text)) rows.push_back(row_from_json(row));
  return rows;
}

std::string metrics_csv(const std::vector<EpochRow>& rows, const std::vector<std::string>& val_datasets) {
  std::string csv = "epoch,step,lr,train_loss,train_accuracy";
  for (const std::string& dataset : val_datasets) csv += "," + score_columns(dataset + ".");
  csv += "\n";
  for (const EpochRow& row : rows) {
    csv += std::to_string(row.epoch) + "," + std::to_string(row.step) + "," + number_text(row.lr) + "," +
           number_text(row.train_loss) + "," + number_text(row.train_accuracy);
    for (const DatasetScores& scores : row.val) csv += "," + score_cells(scores);
    csv += "\n";
  }
  return csv;
}

std::optional<double> selected_value(const EpochRow& row, const std::vector<std::string>& train_datasets,
                                     const std::string& select) {
  double sum = 0;
  int count = 0;
  for (const DatasetScores& scores : row.val) {
    if (std::find(train_datasets.begin(), train_datasets.end(), scores.dataset) == train_datasets.end()) continue;
    const std::optional<double> value = compared_value(scores, select);
    if (!value) return std::nullopt;
    sum += *value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

std::optional<std::size_t> best_row(const std::vector<EpochRow>& rows, const std::vector<std::string>& train_datasets,
                                    const std::string& select) {
  constexpr double kLast = -std::numeric_limits<double>::infinity();
  std::optional<std::size_t> best;
  double best_value = 0, best_loss = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double value = selected_value(rows[i], train_datasets, select).value_or(kLast);
    const double loss = -selected_value(rows[i], train_datasets, "loss").value_or(kLast);
    if (!best || value > best_value || (value == best_value && loss < best_loss)) {
      best = i;
      best_value = value;
      best_loss = loss;
    }
  }
  return best;
}

}  // namespace unmask
