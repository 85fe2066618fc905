// Scores of a model on stores, by dataset and method, by frame and by video.
// Pure: from scored frames to tables and texts.
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "data/sample.h"
#include "model/score/metric_intervals.h"
#include "model/score/metrics.h"

namespace unmask {

/// A frame of a store; without a crop it has no score and counts against coverage.
struct EvaluatedFrame {
  FrameInfo frame;
  std::optional<double> score;  // fake probability
};

/// "drawn=^d[0-9]+$": the rows whose target identity matches are shown apart.
struct IdentitySubset {
  std::string name;
  std::regex pattern;
};
/// THROWS Error(kUsage) naming what is wrong with "NAME=REGEX".
IdentitySubset parse_subset(const std::string& text);

/// One row: the frames of a dataset (and of one method's fakes with all its reals, or of a subset).
struct EvaluationRow {
  std::string dataset, split, group;   // group: "all", a method, or a subset's name
  std::int64_t frames = 0, crops = 0;  // coverage = crops / frames
  std::int64_t videos = 0, videos_scored = 0;
  DetectionMetrics by_frame, by_video;
  std::int64_t clusters = 0;  // of scored videos that share no person; what the intervals are drawn from
  MetricIntervals frame_intervals, video_intervals;
};

/// Rows in order of (dataset, split), "all" first, then methods and subsets by name.
std::vector<EvaluationRow> evaluate_frames(const std::vector<EvaluatedFrame>& frames,
                                           const std::vector<IdentitySubset>& subsets);

std::string evaluation_table(const std::vector<EvaluationRow>& rows);
/// `against`: of comparison_json, or ""; `corruption`: of corruption_json, or "".
std::string evaluation_json(const std::vector<EvaluationRow>& rows, const std::string& model_digest,
                            const std::string& against = "", const std::string& corruption = "");
/// dataset,method,compression,video,frame,label,split,status,score: every frame, scores in full precision.
std::string evaluation_csv(const std::vector<EvaluatedFrame>& frames);

}  // namespace unmask
