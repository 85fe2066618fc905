// The scores of a dataset. kScores is the one table of them: metrics.csv, test.csv, results.csv, the ledger, messages,
// log lines, train.select and sweep.objective go by it, so that a new score is a member and a line of the table.
//
//   const DatasetScores scores = take_scores("base", {loss, by_frame, by_video});
//   const std::string line = scores.dataset + "," + score_cells(scores);  // below score_columns("")
//   if (*compared_value(scores, "video_auc") > best) …
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/score/metrics.h"

namespace unmask {

/// Empty where it isn't defined (an AUC of one class).
struct DatasetScores {
  std::string dataset;
  std::optional<double> loss = {}, frame_accuracy = {}, balanced_accuracy = {}, frame_auc = {}, video_auc = {};
  bool operator==(const DatasetScores&) const = default;
};

/// What the scores are taken from.
struct DatasetMeasures {
  double loss = 0;  // mean cross-entropy of the frames
  DetectionMetrics by_frame, by_video;
};

struct ScoreKind {
  const char* name;  // of the column, and the word of train.select and sweep.objective
  std::optional<double> DatasetScores::*member;
  bool larger_is_better;
  std::optional<double> (*take)(const DatasetMeasures&);
};

/// In the order of the columns. A new one comes last: programs may go by the place of a column.
inline constexpr std::array kScores = {
    ScoreKind{"loss", &DatasetScores::loss, false, [](const DatasetMeasures& m) { return std::optional(m.loss); }},
    ScoreKind{"frame_accuracy", &DatasetScores::frame_accuracy, true,
              [](const DatasetMeasures& m) { return std::optional(m.by_frame.accuracy); }},
    ScoreKind{"balanced_accuracy", &DatasetScores::balanced_accuracy, true,
              [](const DatasetMeasures& m) { return m.by_frame.balanced_accuracy; }},
    ScoreKind{"frame_auc", &DatasetScores::frame_auc, true, [](const DatasetMeasures& m) { return m.by_frame.auc; }},
    ScoreKind{"video_auc", &DatasetScores::video_auc, true, [](const DatasetMeasures& m) { return m.by_video.auc; }},
};

DatasetScores take_scores(const std::string& dataset, const DatasetMeasures& measures);

/// nullptr if there is none of that name.
const ScoreKind* find_score(const std::string& name);
/// In the order of the table.
std::vector<std::string> score_names();
/// The value that epochs and trials are compared by: larger is better (a loss enters negated).
/// REQUIRES: find_score(name).
std::optional<double> compared_value(const DatasetScores& scores, const std::string& name);

/// "base.loss,base.frame_accuracy,…" for the prefix "base.".
std::string score_columns(const std::string& prefix);
/// The cells below them, full precision.
std::string score_cells(const DatasetScores& scores);
/// test.csv: one line per dataset.
std::string test_csv(const std::vector<DatasetScores>& rows);

/// As JSON text, the keys in order of the alphabet; and back: a score that the text lacks (it was written before there
/// was that score) is empty. scores_from_json THROWS std::exception on anything else.
std::string scores_json(const std::vector<DatasetScores>& rows);
std::vector<DatasetScores> scores_from_json(const std::string& text);

}  // namespace unmask
