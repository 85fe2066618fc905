#include "model/train/history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace unmask {

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
