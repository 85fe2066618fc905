#include "report/corruption_rows.h"

#include <nlohmann/json.hpp>

namespace unmask {
namespace {

using nlohmann::ordered_json;

/// REQUIRES: a row of a whole dataset. THROWS where it isn't.
ordered_json row_of(const ordered_json& row) {
  const ordered_json& video = row.at("by_video");
  ordered_json value = "";
  if (!row.at("parameter").is_null()) value = row.at("parameter").get<std::string>() + " " + row.at("value").dump();
  return {{"dataset", row.at("dataset").get<std::string>()},
          {"split", row.at("split").get<std::string>()},
          {"corruption", row.at("corruption").get<std::string>()},
          {"strength", row.at("strength").get<int>()},
          {"value", value},
          {"video_auc", video.at("auc")},
          {"interval", video.at("intervals").at("auc")},
          {"coverage", row.at("coverage")}};
}

}  // namespace

std::string corruption_rows(const std::string& document, const std::string& model_digest) {
  try {
    const ordered_json json = ordered_json::parse(document);
    if (json.at("format") != "unmask.corruption.1" || json.at("model_digest") != model_digest) return "";
    ordered_json rows = ordered_json::array();
    for (const ordered_json& row : json.at("rows")) {
      if (row.at("group") == "all") rows.push_back(row_of(row));
    }
    const ordered_json shown = {{"on", json.at("on").get<std::string>()}, {"rows", rows}};
    return rows.empty() ? "" : shown.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  } catch (const nlohmann::json::exception&) {
    return "";
  }
}

}  // namespace unmask
