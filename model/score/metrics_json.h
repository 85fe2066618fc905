// Metrics with their intervals, as every document of ours has them.
//
//   json["by_video"] = metrics_json(row.by_video, row.video_intervals);
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/score/metric_intervals.h"

namespace unmask {

/// An object: "n", "fakes", "accuracy", each of kMetrics by its name, and "intervals" likewise, as [low, high]. What is
/// not defined is null.
nlohmann::ordered_json metrics_json(const DetectionMetrics& metrics, const MetricIntervals& intervals);

}  // namespace unmask
