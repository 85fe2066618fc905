#include "model/score/metrics_json.h"

#include <nlohmann/json.hpp>

namespace unmask {

using nlohmann::ordered_json;

ordered_json metrics_json(const DetectionMetrics& metrics, const MetricIntervals& intervals) {
  ordered_json json = {{"n", metrics.count}, {"fakes", metrics.fakes}}, ends = ordered_json::object();
  json["accuracy"] = metrics.count > 0 ? ordered_json(metrics.accuracy) : ordered_json(nullptr);
  for (const MetricKind& metric : kMetrics) {
    const std::optional<double>& value = metrics.*metric.value;
    const std::optional<Interval>& interval = intervals.*metric.interval;
    json[metric.name] = value ? ordered_json(*value) : ordered_json(nullptr);
    ends[metric.name] = interval ? ordered_json({interval->low, interval->high}) : ordered_json(nullptr);
  }
  json["intervals"] = ends;
  return json;
}

}  // namespace unmask
