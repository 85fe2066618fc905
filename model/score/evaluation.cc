#include "model/score/evaluation.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/number_text.h"
#include "base/table_text.h"
#include "model/score/metrics_json.h"

namespace unmask {
namespace {

using FrameFilter = std::function<bool(const FrameInfo&)>;

/// The frames of one (dataset, split) that pass `filter`, as one row.
EvaluationRow make_row(const std::vector<const EvaluatedFrame*>& frames, const std::string& group,
                       const FrameFilter& filter) {
  EvaluationRow row;
  row.group = group;
  std::map<std::tuple<std::string, std::string, std::string>, std::optional<std::uint32_t>> videos;
  std::vector<Scored> scored;
  std::vector<std::uint32_t> video_of;
  std::vector<VideoIdentities> identities;
  for (const EvaluatedFrame* evaluated : frames) {
    const FrameInfo& frame = evaluated->frame;
    if (!filter(frame)) continue;
    ++row.frames;
    auto& video = videos[{frame.method, frame.compression, frame.video}];
    if (!evaluated->score) continue;
    ++row.crops;
    if (!video) {
      video = static_cast<std::uint32_t>(identities.size());
      identities.push_back({frame.target_identity, frame.source_identity});
    }
    scored.push_back({frame.label, *evaluated->score});
    video_of.push_back(*video);
  }
  row.videos = static_cast<std::int64_t>(videos.size());
  row.videos_scored = static_cast<std::int64_t>(identities.size());
  const std::vector<Scored> by_video = video_scores(scored, video_of);
  row.by_frame = detection_metrics(scored);
  row.by_video = detection_metrics(by_video);
  const Clusters clusters = identity_clusters(identities);
  row.clusters = clusters.count;
  row.video_intervals = metric_intervals(by_video, clusters.of, clusters);
  for (std::uint32_t& video : video_of) video = clusters.of[video];
  row.frame_intervals = metric_intervals(scored, video_of, clusters);
  return row;
}

std::string cell(const std::optional<double>& value) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", *value);
  return text;
}

std::string coverage(std::int64_t have, std::int64_t all) { return std::to_string(have) + "/" + std::to_string(all); }

std::string interval_cell(const std::optional<Interval>& interval) {
  return interval ? cell(interval->low) + " to " + cell(interval->high) : "-";
}

}  // namespace

IdentitySubset parse_subset(const std::string& text) {
  const std::size_t equals = text.find('=');
  const auto fault = [&](const std::string& what) {
    return Error(ErrorKind::kUsage, "--subset " + text + ": " + what);
  };
  if (equals == std::string::npos || equals == 0) throw fault("wanted NAME=REGEX, such as drawn=^d[0-9]+$");
  try {
    return {text.substr(0, equals), std::regex(text.substr(equals + 1), std::regex::extended)};
  } catch (const std::regex_error& error) {
    throw fault(std::string("not a regular expression: ") + error.what());
  }
}

std::vector<EvaluationRow> evaluate_frames(const std::vector<EvaluatedFrame>& frames,
                                           const std::vector<IdentitySubset>& subsets) {
  std::map<std::pair<std::string, std::string>, std::vector<const EvaluatedFrame*>> by_dataset;
  for (const EvaluatedFrame& frame : frames) {
    by_dataset[{frame.frame.dataset, to_word(frame.frame.split)}].push_back(&frame);
  }
  std::vector<EvaluationRow> rows;
  for (const auto& entry : by_dataset) {
    const std::vector<const EvaluatedFrame*>& members = entry.second;
    const auto add = [&](const std::string& group, const FrameFilter& filter) {
      rows.push_back(make_row(members, group, filter));
      rows.back().dataset = entry.first.first;
      rows.back().split = entry.first.second;
    };
    std::set<std::string> methods;
    for (const EvaluatedFrame* member : members) {
      if (member->frame.label == 1) methods.insert(member->frame.method);
    }
    add("all", [](const FrameInfo&) { return true; });
    // A method's fakes are set against all reals of the dataset.
    for (const std::string& method : methods) {
      add(method, [&](const FrameInfo& frame) { return frame.label == 0 || frame.method == method; });
    }
    for (const IdentitySubset& subset : subsets) {
      add(subset.name,
          [&](const FrameInfo& frame) { return std::regex_search(frame.target_identity, subset.pattern); });
    }
  }
  return rows;
}

std::string evaluation_table(const std::vector<EvaluationRow>& rows) {
  TextTable table({"dataset", "split", "group", "frames", "accuracy", "balanced", "AUC", "EER", "AP", "videos",
                   "accuracy", "balanced", "AUC", "EER", "AP", "TPR@1%", "TPR@5%", "AUC 95%", "clusters"});
  const auto accuracy = [](const DetectionMetrics& metrics) {
    return metrics.count > 0 ? cell(metrics.accuracy) : std::string("-");
  };
  for (const EvaluationRow& row : rows) {
    table.add({row.dataset, row.split, row.group, coverage(row.crops, row.frames), accuracy(row.by_frame),
               cell(row.by_frame.balanced_accuracy), cell(row.by_frame.auc), cell(row.by_frame.eer),
               cell(row.by_frame.average_precision), coverage(row.videos_scored, row.videos), accuracy(row.by_video),
               cell(row.by_video.balanced_accuracy), cell(row.by_video.auc), cell(row.by_video.eer),
               cell(row.by_video.average_precision), cell(row.by_video.tpr_at_fpr_1), cell(row.by_video.tpr_at_fpr_5),
               interval_cell(row.video_intervals.auc), std::to_string(row.clusters)});
  }
  return table.text() +
         "\nframes, videos: with a face / all. The first five scores are by frame, the others by video (mean over its "
         "frames).\nbalanced: the mean of both classes' recalls at 0.5. TPR@1%: fakes found where at most 1% of the "
         "reals is called fake.\nAUC 95%: of the videos, by a bootstrap over clusters of them that share nobody.";
}

std::string evaluation_json(const std::vector<EvaluationRow>& rows, const std::string& model_digest,
                            const std::string& against, const std::string& corruption) {
  nlohmann::ordered_json json = {
      {"format", "unmask.evaluation.1"}, {"model_digest", model_digest}, {"rows", nlohmann::ordered_json::array()}};
  for (const EvaluationRow& row : rows) {
    json["rows"].push_back(
        {{"dataset", row.dataset},
         {"split", row.split},
         {"group", row.group},
         {"frames", row.frames},
         {"crops", row.crops},
         {"coverage", row.frames > 0 ? static_cast<double>(row.crops) / static_cast<double>(row.frames) : 0.0},
         {"videos", row.videos},
         {"videos_scored", row.videos_scored},
         {"clusters", row.clusters},
         {"by_frame", metrics_json(row.by_frame, row.frame_intervals)},
         {"by_video", metrics_json(row.by_video, row.video_intervals)}});
  }
  if (!against.empty()) json["against"] = nlohmann::ordered_json::parse(against);
  if (!corruption.empty()) json["corruption"] = nlohmann::ordered_json::parse(corruption);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string evaluation_csv(const std::vector<EvaluatedFrame>& frames) {
  std::string text = "dataset,method,compression,video,frame,label,split,status,score\n";
  for (const EvaluatedFrame& evaluated : frames) {
    const FrameInfo& frame = evaluated.frame;
    text += csv_cell(frame.dataset) + "," + csv_cell(frame.method) + "," + csv_cell(frame.compression) + "," +
            csv_cell(frame.video) + "," + std::to_string(frame.frame) + "," + std::to_string(frame.label) + "," +
            to_word(frame.split) + "," + to_word(frame.status) + "," + number_text(evaluated.score) + "\n";
  }
  return text;
}

}  // namespace unmask
