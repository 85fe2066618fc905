#include "model/score/metrics_json.h"

#include <nlohmann/json.hpp>

#include "model/score/optional_json.h"

namespace unmask {

using nlohmann::ordered_json;

ordered_json metrics_json(const DetectionMetrics& metrics, const MetricIntervals& intervals) {
  ordered_json json = {{"n", metrics.count}, {"fakes", metrics.fakes}}, ends = ordered_json::object();
  json["accuracy"] = metrics.count > 0 ? ordered_json(metrics.accuracy) : ordered_json(nullptr);
  for (const MetricKind& metric : kMetrics) {
    json[metric.name] = json_or_null(metrics.*metric.value);
    ends[metric.name] = json_or_null(intervals.*metric.interval);
  }
  json["intervals"] = ends;
  return json;
}

}  // namespace unmask
