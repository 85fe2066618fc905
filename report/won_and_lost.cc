#include "report/won_and_lost.h"

#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

namespace unmask {
namespace {

using nlohmann::ordered_json;

/// A number or null. THROWS where it is neither.
ordered_json number_of(const ordered_json& value) {
  return value.is_null() ? value : ordered_json(value.get<double>());
}

ordered_json row_of(const ordered_json& row) {
  const ordered_json& auc = row.at("by_video").at("auc");
  const ordered_json& interval = auc.at("interval");
  return {{"dataset", row.at("dataset").get<std::string>()},
          {"split", row.at("split").get<std::string>()},
          {"group", row.at("group").get<std::string>()},
          {"standing", row.at("standing").get<std::string>()},
          {"videos", row.at("videos").get<std::int64_t>()},
          {"clusters", row.at("clusters").get<std::int64_t>()},
          {"before", number_of(auc.at("theirs"))},
          {"now", number_of(auc.at("ours"))},
          {"difference", number_of(auc.at("difference"))},
          {"interval",
           interval.is_null() ? interval : ordered_json({interval.at(0).get<double>(), interval.at(1).get<double>()})}};
}

}  // namespace

std::string won_and_lost_rows(const std::string& document, const std::string& model_digest) {
  try {
    const ordered_json json = ordered_json::parse(document);
    const ordered_json& chosen = json.at("chosen");
    if (json.at("format") != "unmask.init_comparison.1" || chosen.at("model_digest") != model_digest) return "";
    ordered_json shown = {{"began_with", json.at("init").at("datasets").get<std::vector<std::string>>()},
                          {"replay", chosen.at("replay").get<double>()},
                          {"missing", json.at("missing").get<std::vector<std::string>>()},
                          {"rows", ordered_json::array()}};
    for (const ordered_json& row : json.at("rows")) shown["rows"].push_back(row_of(row));
    return shown["rows"].empty() ? "" : shown.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  } catch (const nlohmann::json::exception&) {
    return "";
  }
}

}  // namespace unmask
