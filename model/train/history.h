// What a trial has measured so far: the rows of metrics.csv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace unmask {

/// Scores of one validation dataset after an epoch. An AUC of one class is empty.
struct DatasetScores {
  std::string dataset;
  double loss = 0, frame_accuracy = 0;
  std::optional<double> balanced_accuracy, frame_auc, video_auc;
  bool operator==(const DatasetScores&) const = default;
};

struct EpochRow {
  int epoch = 0;          // 1 = after the first
  std::int64_t step = 0;  // steps done
  double lr = 0;          // of the epoch's last step
  // Without dropout and augmentation, on a fixed sample of train crops (train.score_train_crops); nothing where there is none.
  std::optional<double> train_loss, train_accuracy;
  std::vector<DatasetScores> val;
  bool operator==(const EpochRow&) const = default;
};

/// metrics.csv: header and one line an epoch, full precision (shortest text that reads back the same).
std::string metrics_csv(const std::vector<EpochRow>& rows, const std::vector<std::string>& val_datasets);

/// The rows as JSON text, and back. history_from_json THROWS std::exception on anything else.
std::string history_json(const std::vector<EpochRow>& rows);
std::vector<EpochRow> history_from_json(const std::string& text);

/// Shortest decimal text that reads back to the same double; "" for nothing.
std::string number_text(double value);
std::string number_text(const std::optional<double>& value);

/// Index of the best row by TrainOptions::select: mean over `train_datasets` of the metric; ties: lower mean loss, then earlier.
/// Nothing if rows is empty. A row where the metric is undefined ranks last.
std::optional<std::size_t> best_row(const std::vector<EpochRow>& rows, const std::vector<std::string>& train_datasets,
                                    const std::string& select);
/// The value that best_row compares (for "loss": the negative loss).
std::optional<double> selected_value(const EpochRow& row, const std::vector<std::string>& train_datasets,
                                     const std::string& select);

}  // namespace unmask
