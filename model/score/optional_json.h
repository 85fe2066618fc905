// Numbers and intervals that may be missing, in JSON: what is missing is null.
//
//   json["auc"] = json_or_null(row.auc);
//   row.auc = optional_number(json.at("auc"));
#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "model/score/bootstrap.h"

namespace unmask {

nlohmann::ordered_json json_or_null(const std::optional<double>& number);
/// [low, high].
nlohmann::ordered_json json_or_null(const std::optional<Interval>& interval);

/// THROWS nlohmann's exception where it is neither null nor what was wanted.
std::optional<double> optional_number(const nlohmann::json& json);
std::optional<Interval> optional_interval(const nlohmann::json& json);

}  // namespace unmask
