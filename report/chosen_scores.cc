#include "report/chosen_scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include "model/score/optional_json.h"
#include "model/score/scored_frames.h"
#include "model/score/verdict.h"
#include "report/detection_curves.h"

namespace unmask {
namespace {

using nlohmann::ordered_json;

/// Five digits behind the point: what a curve can show, and a threshold that can be told from its neighbours.
ordered_json rounded(double value) {
  return std::isfinite(value) ? ordered_json(std::round(value * 1e5) / 1e5) : ordered_json(nullptr);
}

ordered_json rounded(const std::optional<double>& value) { return value ? rounded(*value) : ordered_json(nullptr); }

ordered_json curve_json(const std::string& dataset, const char* level, const std::vector<Scored>& samples) {
  ordered_json fpr = ordered_json::array(), tpr = fpr, threshold = fpr;
  for (const RocStep& step : thinned(roc_steps(samples))) {
    fpr.push_back(rounded(step.fpr));
    tpr.push_back(rounded(step.tpr));
    threshold.push_back(rounded(step.threshold));
  }
  const DetectionMetrics metrics = detection_metrics(samples);
  return {{"dataset", dataset},
          {"level", level},
          {"reals", metrics.count - metrics.fakes},
          {"fakes", metrics.fakes},
          {"auc", rounded(metrics.auc)},
          {"eer", rounded(metrics.eer)},
          {"fpr", fpr},
          {"tpr", tpr},
          {"threshold", threshold}};
}

ordered_json bins_json(const std::vector<Scored>& videos) {
  ordered_json bins = ordered_json::array();
  for (const ReliabilityBin& bin : reliability(videos)) {
    bins.push_back({{"mean", rounded(bin.mean)},
                    {"share", rounded(bin.share)},
                    {"count", bin.count},
                    {"low", rounded(bin.interval.low)},
                    {"high", rounded(bin.interval.high)}});
  }
  return bins;
}

ordered_json reliability_json(const std::string& dataset, const std::vector<Scored>& videos,
                              const std::optional<Calibration>& calibration) {
  ordered_json after = nullptr;
  if (calibration) {
    std::vector<Scored> calibrated = videos;
    for (Scored& video : calibrated) video.score = calibrated_probability(*calibration, video.score);
    after = bins_json(calibrated);
  }
  return {{"dataset", dataset}, {"before", bins_json(videos)}, {"after", after}};
}

ordered_json confusion_json(const ChosenScores& scores, const std::vector<ScoredVideo>& videos) {
  struct Counts {
    std::int64_t videos = 0, called_fake = 0;
  };
  const double threshold = chosen_threshold(scores).score;
  std::map<std::tuple<std::string, int, std::string>, Counts> rows;  // reals before fakes
  for (const ScoredVideo& video : videos) {
    const FrameInfo& frame = scores.frames[video.frame].frame;
    Counts& counts = rows[{frame.dataset, frame.label, frame.method}];
    ++counts.videos;
    counts.called_fake += video.scored.score > threshold ? 1 : 0;
  }
  ordered_json json = ordered_json::array();
  for (const auto& [key, counts] : rows) {
    json.push_back({{"dataset", std::get<0>(key)},
                    {"method", std::get<2>(key)},
                    {"label", std::get<1>(key)},
                    {"videos", counts.videos},
                    {"called_fake", counts.called_fake}});
  }
  return json;
}

}  // namespace

ChosenThreshold chosen_threshold(const ChosenScores& scores) {
  if (!scores.calibration) return {};
  const VerdictOptions options = verdict_options(to_json(*scores.calibration), std::nullopt);
  return {options.threshold, options.fpr};
}

std::string chosen_scores_json(const ChosenScores& scores) {
  const std::vector<ScoredVideo> videos = scored_videos(scores.frames);
  std::set<std::string> names;
  for (const ScoredVideo& video : videos) names.insert(scores.frames[video.frame].frame.dataset);
  std::vector<std::string> datasets(names.begin(), names.end());
  if (datasets.size() > 1) datasets.insert(datasets.begin(), "");
  ordered_json curves = ordered_json::array(), reliabilities = curves;
  for (const std::string& dataset : datasets) {
    const auto is_in = [&](const FrameInfo& frame) { return dataset.empty() || frame.dataset == dataset; };
    std::vector<Scored> by_frame, by_video;
    for (const EvaluatedFrame& frame : scores.frames) {
      if (frame.score && is_in(frame.frame)) by_frame.push_back({frame.frame.label, *frame.score});
    }
    for (const ScoredVideo& video : videos) {
      if (is_in(scores.frames[video.frame].frame)) by_video.push_back(video.scored);
    }
    curves.push_back(curve_json(dataset, "video", by_video));
    curves.push_back(curve_json(dataset, "frame", by_frame));
    reliabilities.push_back(reliability_json(dataset, by_video, scores.calibration));
  }
  const ChosenThreshold threshold = chosen_threshold(scores);
  const ordered_json json = {{"split", scores.frames.empty() ? "" : to_word(scores.frames.front().frame.split)},
                             {"threshold", threshold.score},
                             {"fpr", json_or_null(threshold.fpr)},
                             {"curves", curves},
                             {"reliability", reliabilities},
                             {"confusion", confusion_json(scores, videos)}};
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace unmask
