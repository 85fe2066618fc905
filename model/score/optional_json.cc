#include "model/score/optional_json.h"

#include <nlohmann/json.hpp>

namespace unmask {

using nlohmann::ordered_json;

ordered_json json_or_null(const std::optional<double>& number) {
  return number ? ordered_json(*number) : ordered_json(nullptr);
}

ordered_json json_or_null(const std::optional<Interval>& interval) {
  return interval ? ordered_json({interval->low, interval->high}) : ordered_json(nullptr);
}

std::optional<double> optional_number(const nlohmann::json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

std::optional<Interval> optional_interval(const nlohmann::json& json) {
  if (json.is_null()) return std::nullopt;
  return Interval{json.at(0).get<double>(), json.at(1).get<double>()};
}

}  // namespace unmask
