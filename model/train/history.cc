#include "model/train/history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <nlohmann/json.hpp>

namespace unmask {
namespace {

using nlohmann::json;

json to_json(const std::optional<double>& value) { return value ? json(*value) : json(); }

std::optional<double> optional_from(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<double>(value.get<double>());
}

/// JSON knows no NaN and writes null.
double number_from(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

json row_to_json(const EpochRow& row) {
  json val = json::array();
  for (const DatasetScores& scores : row.val) {
    val.push_back({{"dataset", scores.dataset},
                   {"loss", scores.loss},
                   {"frame_accuracy", scores.frame_accuracy},
                   {"balanced_accuracy", to_json(scores.balanced_accuracy)},
                   {"frame_auc", to_json(scores.frame_auc)},
                   {"video_auc", to_json(scores.video_auc)}});
  }
  return {{"epoch", row.epoch},
          {"step", row.step},
          {"lr", row.lr},
          {"train_loss", to_json(row.train_loss)},
          {"train_accuracy", to_json(row.train_accuracy)},
          {"val", val}};
}

EpochRow row_from_json(const json& object) {
  EpochRow row;
  row.epoch = object.at("epoch").get<int>();
  row.step = object.at("step").get<std::int64_t>();
  row.lr = number_from(object.at("lr"));
  row.train_loss = optional_from(object.at("train_loss"));
  row.train_accuracy = optional_from(object.at("train_accuracy"));
  for (const json& scores : object.at("val")) {
    row.val.push_back({scores.at("dataset").get<std::string>(), number_from(scores.at("loss")),
                       number_from(scores.at("frame_accuracy")), optional_from(scores.at("balanced_accuracy")),
                       optional_from(scores.at("frame_auc")), optional_from(scores.at("video_auc"))});
  }
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

std::string number_text(double value) {
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string number_text(const std::optional<double>& value) { return value ? number_text(*value) : std::string(); }

std::string metrics_csv(const std::vector<EpochRow>& rows, const std::vector<std::string>& val_datasets) {
  std::string csv = "epoch,step,lr,train_loss,train_accuracy";
  for (const std::string& dataset : val_datasets) {
    for (const char* column : {"loss", "frame_accuracy", "balanced_accuracy", "frame_auc", "video_auc"}) {
      csv += "," + dataset + "." + column;
    }
  }
  csv += "\n";
  for (const EpochRow& row : rows) {
    csv += std::to_string(row.epoch) + "," + std::to_string(row.step) + "," + number_text(row.lr) + "," +
           number_text(row.train_loss) + "," + number_text(row.train_accuracy);
    for (const DatasetScores& scores : row.val) {
      csv += "," + number_text(scores.loss) + "," + number_text(scores.frame_accuracy) + "," +
             number_text(scores.balanced_accuracy) + "," + number_text(scores.frame_auc) + "," +
             number_text(scores.video_auc);
    }
    csv += "\n";
  }
  return csv;
}

namespace {

std::optional<double> metric_of(const DatasetScores& scores, const std::string& select) {
  if (select == "video_auc") return scores.video_auc;
  if (select == "frame_auc") return scores.frame_auc;
  if (select == "balanced_accuracy") return scores.balanced_accuracy;
  if (select == "frame_accuracy") return scores.frame_accuracy;
  return -scores.loss;
}

}  // namespace

std::optional<double> selected_value(const EpochRow& row, const std::vector<std::string>& train_datasets,
                                     const std::string& select) {
  double sum = 0;
  int count = 0;
  for (const DatasetScores& scores : row.val) {
    if (std::find(train_datasets.begin(), train_datasets.end(), scores.dataset) == train_datasets.end()) continue;
    const std::optional<double> metric = metric_of(scores, select);
    if (!metric) return std::nullopt;
    sum += *metric;
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
