// Two detectors on the same videos: paired differences with intervals. Pure: from scored frames to tables and texts.
//
//   const auto rows = compare_frames(frames, theirs);  // the same frames, scored by each
//   std::cout << comparison_table(rows, "theirs.csv");
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/score/evaluation.h"

namespace unmask {

/// The videos of a dataset, or of one method's fakes with all its reals, that both have scored.
struct ComparisonRow {
  std::string dataset, split, group;
  std::int64_t videos = 0, left_out = 0, clusters = 0;  // left out: one of both has no score
  DetectionMetrics ours, theirs;                        // by video
  MetricIntervals difference;                           // ours - theirs, 95%, on the same resamples of people
};

/// REQUIRES: the same frames in the same order. Rows as evaluate_frames has them, without subsets.
std::vector<ComparisonRow> compare_frames(const std::vector<EvaluatedFrame>& ours,
                                          const std::vector<EvaluatedFrame>& theirs);

std::string comparison_table(const std::vector<ComparisonRow>& rows, const std::string& against);
/// An array, for the key "against" of evaluation_json.
std::string comparison_json(const std::vector<ComparisonRow>& rows);

}  // namespace unmask
