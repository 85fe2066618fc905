#include "model/score/corruption_matrix.h"

#include <functional>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "base/table_text.h"
#include "model/score/metrics_json.h"
#include "model/score/optional_json.h"

namespace unmask {
namespace {

using nlohmann::ordered_json;
using Visit = std::function<void(const CorruptionScores&, const EvaluationRow&)>;

/// By dataset and group, then by corruption.
void for_each_row(const CorruptionMatrix& matrix, const Visit& visit) {
  if (matrix.scores.empty()) return;
  for (std::size_t row = 0; row < matrix.scores.front().rows.size(); ++row) {
    for (const CorruptionScores& scores : matrix.scores) visit(scores, scores.rows.at(row));
  }
}

const char* place_of(const CorruptionMatrix& matrix) { return matrix.on_sources ? "sources" : "crops"; }

std::optional<double> coverage_of(const EvaluationRow& row) {
  if (row.frames == 0) return std::nullopt;
  return static_cast<double>(row.crops) / static_cast<double>(row.frames);
}

std::string cell(const std::optional<double>& value) { return value ? fixed_text(*value, 4) : "-"; }
std::string share_cell(std::int64_t have, std::int64_t all) { return std::to_string(have) + "/" + std::to_string(all); }

/// Value and interval, three cells.
std::string csv_cells(const std::optional<double>& value, const std::optional<Interval>& interval) {
  const auto end = [&](double Interval::*member) {
    return interval ? number_text((*interval).*member) : std::string();
  };
  return number_text(value) + "," + end(&Interval::low) + "," + end(&Interval::high);
}

}  // namespace

std::string corruption_heading(const CorruptionMatrix& matrix) {
  return matrix.on_sources
             ? "Corrupted: the frames of the sources, before faces were found in them again. h264: the frames of a "
               "video that are in the store, in order, are one clip."
             : "Corrupted: the stored crops, after faces were found; --sources ROOT corrupts the frames before. h264: "
               "the crops of a video, in order, are one clip.";
}

std::string corruption_table(const CorruptionMatrix& matrix) {
  TextTable table({"dataset", "split", "corruption", "strength", "value", "faces", "frame AUC", "videos", "balanced",
                   "video AUC", "AUC 95%"});
  for_each_row(matrix, [&](const CorruptionScores& scores, const EvaluationRow& row) {
    if (row.group != "all") return;
    const bool is_clean = scores.corruption == kClean;
    const std::optional<Interval>& interval = row.video_intervals.auc;
    table.add({row.dataset, row.split, scores.corruption, is_clean ? "-" : std::to_string(scores.strength),
               is_clean ? "-" : scores.parameter + " " + number_text(scores.value), share_cell(row.crops, row.frames),
               cell(row.by_frame.auc), share_cell(row.videos_scored, row.videos), cell(row.by_video.balanced_accuracy),
               cell(row.by_video.auc), interval ? cell(interval->low) + " to " + cell(interval->high) : "-"});
  });
  return corruption_heading(matrix) + "\n\n" + table.text() +
         "\nfaces: still found / frames with a face in the store; those without one have no score. balanced, video "
         "AUC: of the videos\nthat are left. AUC 95%: as above. Methods and subsets: --csv, --json.";
}

std::string corruption_csv(const CorruptionMatrix& matrix) {
  std::string text =
      "dataset,split,group,corruption,strength,parameter,value,frame_auc,frame_auc_lower,frame_auc_upper,video_auc,"
      "lower,upper,video_balanced_accuracy,video_eer,coverage,frames,faces,videos,videos_scored,clusters,on\n";
  for_each_row(matrix, [&](const CorruptionScores& scores, const EvaluationRow& row) {
    const bool is_clean = scores.corruption == kClean;
    text += csv_cell(row.dataset) + "," + csv_cell(row.split) + "," + csv_cell(row.group) + "," + scores.corruption +
            "," + std::to_string(scores.strength) + "," + scores.parameter + "," +
            (is_clean ? "" : number_text(scores.value)) + "," + csv_cells(row.by_frame.auc, row.frame_intervals.auc) +
            "," + csv_cells(row.by_video.auc, row.video_intervals.auc) + "," +
            number_text(row.by_video.balanced_accuracy) + "," + number_text(row.by_video.eer) + "," +
            number_text(coverage_of(row)) + "," + std::to_string(row.frames) + "," + std::to_string(row.crops) + "," +
            std::to_string(row.videos) + "," + std::to_string(row.videos_scored) + "," + std::to_string(row.clusters) +
            "," + place_of(matrix) + "\n";
  });
  return text;
}

std::string corruption_json(const CorruptionMatrix& matrix) {
  ordered_json json = {{"format", "unmask.corruption.1"},
                       {"model_digest", matrix.model_digest},
                       {"on", place_of(matrix)},
                       {"rows", ordered_json::array()}};
  for_each_row(matrix, [&](const CorruptionScores& scores, const EvaluationRow& row) {
    const bool is_clean = scores.corruption == kClean;
    json["rows"].push_back({{"dataset", row.dataset},
                            {"split", row.split},
                            {"group", row.group},
                            {"corruption", scores.corruption},
                            {"strength", scores.strength},
                            {"parameter", is_clean ? ordered_json(nullptr) : ordered_json(scores.parameter)},
                            {"value", is_clean ? ordered_json(nullptr) : ordered_json(scores.value)},
                            {"frames", row.frames},
                            {"faces", row.crops},
                            {"coverage", json_or_null(coverage_of(row))},
                            {"videos", row.videos},
                            {"videos_scored", row.videos_scored},
                            {"clusters", row.clusters},
                            {"by_frame", metrics_json(row.by_frame, row.frame_intervals)},
                            {"by_video", metrics_json(row.by_video, row.video_intervals)}});
  });
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace unmask
