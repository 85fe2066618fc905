// How sure the scores of a set of videos are, and how sure it is that one detector is better than another on them.
// Pure: from scored frames or videos to intervals of 95%, by a bootstrap over people (bootstrap.h).
//
//   const Clusters clusters = identity_clusters(identities);
//   const MetricIntervals intervals = metric_intervals(videos, clusters.of, clusters);
//   if (intervals.auc) std::cout << intervals.auc->low << " to " << intervals.auc->high;
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "model/score/bootstrap.h"
#include "model/score/metrics.h"

namespace unmask {

/// Empty where a metric has none (bootstrap.h).
struct MetricIntervals {
  std::optional<Interval> balanced_accuracy, auc, eer, average_precision, tpr_at_fpr_1, tpr_at_fpr_5;
};

/// A metric, its interval, and its key in JSON.
struct MetricKind {
  const char* name;
  std::optional<double> DetectionMetrics::*value;
  std::optional<Interval> MetricIntervals::*interval;
};
inline constexpr std::array kMetrics = {
    MetricKind{"balanced_accuracy", &DetectionMetrics::balanced_accuracy, &MetricIntervals::balanced_accuracy},
    MetricKind{"auc", &DetectionMetrics::auc, &MetricIntervals::auc},
    MetricKind{"eer", &DetectionMetrics::eer, &MetricIntervals::eer},
    MetricKind{"average_precision", &DetectionMetrics::average_precision, &MetricIntervals::average_precision},
    MetricKind{"tpr_at_fpr_1", &DetectionMetrics::tpr_at_fpr_1, &MetricIntervals::tpr_at_fpr_1},
    MetricKind{"tpr_at_fpr_5", &DetectionMetrics::tpr_at_fpr_5, &MetricIntervals::tpr_at_fpr_5},
};

/// Of frames or videos; `cluster_of[i]`: the cluster of sample i. 1,000 resamples, of more than 200,000 samples fewer,
/// but never below 200.
MetricIntervals metric_intervals(std::span<const Scored> samples, std::span<const std::uint32_t> cluster_of,
                                 const Clusters& clusters);

/// Of the differences `ours` - `theirs`, paired: both on the same resamples of the same samples.
/// REQUIRES: equal sizes and labels.
MetricIntervals difference_intervals(std::span<const Scored> ours, std::span<const Scored> theirs,
                                     std::span<const std::uint32_t> cluster_of, const Clusters& clusters);

}  // namespace unmask
