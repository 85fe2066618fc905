#include "model/score/comparison.h"

#include <functional>
#include <map>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "base/table_text.h"
#include "model/score/optional_json.h"

namespace unmask {
namespace {

struct PairedVideo {
  std::uint8_t label = 0;
  VideoIdentities identities;
  double ours = 0, theirs = 0, our_frames = 0, their_frames = 0;
};

/// Of one (dataset, split): by method, compression, name.
using PairedVideos = std::map<std::tuple<std::string, std::string, std::string>, PairedVideo>;

ComparisonRow make_row(const PairedVideos& videos, const std::string& group) {
  ComparisonRow row;
  row.group = group;
  std::vector<Scored> ours, theirs;
  std::vector<VideoIdentities> identities;
  for (const auto& [key, video] : videos) {
    if (group != "all" && video.label != 0 && std::get<0>(key) != group) continue;
    if (video.our_frames == 0 || video.their_frames == 0) {
      ++row.left_out;
      continue;
    }
    ours.push_back({video.label, video.ours / video.our_frames});
    theirs.push_back({video.label, video.theirs / video.their_frames});
    identities.push_back(video.identities);
  }
  const Clusters clusters = identity_clusters(identities);
  row.videos = static_cast<std::int64_t>(ours.size());
  row.clusters = clusters.count;
  row.ours = detection_metrics(ours);
  row.theirs = detection_metrics(theirs);
  row.difference = difference_intervals(ours, theirs, clusters.of, clusters);
  return row;
}

std::string cell(const std::optional<double>& value) { return value ? fixed_text(*value, 4) : "-"; }

std::optional<double> difference(const ComparisonRow& row, const MetricKind& metric) {
  const auto &ours = row.ours.*metric.value, &theirs = row.theirs.*metric.value;
  return ours && theirs ? std::optional(*ours - *theirs) : std::nullopt;
}

}  // namespace

std::vector<ComparisonRow> compare_frames(const std::vector<EvaluatedFrame>& ours,
                                          const std::vector<EvaluatedFrame>& theirs) {
  std::map<std::pair<std::string, std::string>, PairedVideos> by_dataset;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const FrameInfo& frame = ours[i].frame;
    PairedVideo& video =
        by_dataset[{frame.dataset, to_word(frame.split)}][{frame.method, frame.compression, frame.video}];
    video.label = frame.label;
    video.identities = {frame.target_identity, frame.source_identity};
    if (ours[i].score) video.ours += *ours[i].score, video.our_frames += 1;
    if (theirs.at(i).score) video.theirs += *theirs[i].score, video.their_frames += 1;
  }
  std::vector<ComparisonRow> rows;
  for (const auto& [dataset, videos] : by_dataset) {
    std::set<std::string> methods;
    for (const auto& [key, video] : videos) {
      if (video.label != 0) methods.insert(std::get<0>(key));
    }
    std::vector<std::string> groups = {"all"};
    groups.insert(groups.end(), methods.begin(), methods.end());
    for (const std::string& group : groups) {
      rows.push_back(make_row(videos, group));
      std::tie(rows.back().dataset, rows.back().split) = dataset;
    }
  }
  return rows;
}

std::string comparison_table(const std::vector<ComparisonRow>& rows, const std::string& against) {
  TextTable table({"dataset", "split", "group", "videos", "clusters", "AUC", "theirs", "difference", "95%"});
  const MetricKind& auc = kMetrics[1];
  for (const ComparisonRow& row : rows) {
    const auto& interval = row.difference.auc;
    table.add({row.dataset, row.split, row.group, std::to_string(row.videos), std::to_string(row.clusters),
               cell(row.ours.auc), cell(row.theirs.auc), cell(difference(row, auc)),
               interval ? cell(interval->low) + " to " + cell(interval->high) : "-"});
  }
  return "against " + against + ", by video, on the videos that both have scored:\n" + table.text() +
         "\ndifference: AUC less theirs, with its interval from a paired bootstrap over clusters of videos.";
}

std::string comparison_json(const std::vector<ComparisonRow>& rows) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ComparisonRow& row : rows) {
    nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
    for (const MetricKind& metric : kMetrics) {
      metrics[metric.name] = {{"ours", json_or_null(row.ours.*metric.value)},
                              {"theirs", json_or_null(row.theirs.*metric.value)},
                              {"difference", json_or_null(difference(row, metric))},
                              {"interval", json_or_null(row.difference.*metric.interval)}};
    }
    json.push_back({{"dataset", row.dataset},
                    {"split", row.split},
                    {"group", row.group},
                    {"videos", row.videos},
                    {"left_out", row.left_out},
                    {"clusters", row.clusters},
                    {"by_video", metrics}});
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace unmask
