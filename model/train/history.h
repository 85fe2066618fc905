// What a trial has measured so far: the rows of metrics.csv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/score/dataset_scores.h"

namespace unmask {

struct EpochRow {
  int epoch = 0;          // 1 = after the first
  std::int64_t step = 0;  // steps done
  double lr = 0;          // of the epoch's last step
  // Without dropout and augmentation, on a fixed sample of train crops (train.score_train_crops);
  // nothing where there is none.
  std::optional<double> train_loss, train_accuracy;
  std::vector<DatasetScores> val;
  bool operator==(const EpochRow&) const = default;
};

/// metrics.csv: header and one line per epoch, full precision (shortest text that reads back the same).
std::string metrics_csv(const std::vector<EpochRow>& rows, const std::vector<std::string>& val_datasets);

/// The rows as JSON text, and back. history_from_json THROWS std::exception on anything else.
std::string history_json(const std::vector<EpochRow>& rows);
std::vector<EpochRow> history_from_json(const std::string& text);

/// Index of the best row by TrainOptions::select: mean over `train_datasets` of the metric;
/// ties: lower mean loss, then earlier.
/// Nothing if rows is empty. A row where the metric is undefined ranks last.
std::optional<std::size_t> best_row(const std::vector<EpochRow>& rows, const std::vector<std::string>& train_datasets,
                                    const std::string& select);
/// The value that best_row compares: larger is better. REQUIRES: find_score(select).
std::optional<double> selected_value(const EpochRow& row, const std::vector<std::string>& train_datasets,
                                     const std::string& select);

}  // namespace unmask
