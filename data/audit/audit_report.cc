#include "data/audit/audit_report.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

namespace unmask {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownFindings = 20;

Json json_of(const SplitCensus& split) {
  return {{"dataset", split.dataset},
          {"split", to_word(split.split)},
          {"fingerprint", to_hex(split.fingerprint)},
          {"crop_px", split.crop_px},
          {"real", split.real},
          {"fake", split.fake},
          {"real_without_a_face", split.without_crop[0]},
          {"fake_without_a_face", split.without_crop[1]},
          {"real_unreadable", split.unreadable[0]},
          {"fake_unreadable", split.unreadable[1]},
          {"videos", split.videos.size()},
          {"target_identities", split.targets.size()},
          {"source_identities", split.sources.size()}};
}

Json json_of(const SplitLeak& leak) {
  return {{"first", leak.first_dataset + "/" + to_word(leak.first)},
          {"second", leak.second_dataset + "/" + to_word(leak.second)},
          {"videos", leak.videos},
          {"target_identities", leak.targets},
          {"source_identities", leak.sources}};
}

Json json_of(const LabelConflict& conflict) {
  return {{"real", conflict.real}, {"fake", conflict.fake}, {"crops", conflict.crops}};
}

template <typename Values>
Json json_list(const Values& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push_back(json_of(value));
  return list;
}

}  // namespace

std::vector<std::string> AuditReport::findings() const {
  std::vector<std::string> lines;
  for (const SplitLeak& leak : leaks) lines.push_back(leak.text());
  for (const LabelConflict& conflict : conflicts) lines.push_back(conflict.text());
  return lines;
}

AuditReport audit_names(std::vector<SplitCensus> splits) {
  AuditReport report;
  report.leaks = leaks_among(splits);
  std::ranges::move(leaks_across(splits), std::back_inserter(report.leaks));
  report.conflicts = label_conflicts(splits);
  report.splits = std::move(splits);
  return report;
}

std::string audit_text(const AuditReport& report) {
  std::string text = census_table(report.splits) + "\n";
  const std::vector<std::string> findings = report.findings();
  for (std::size_t i = 0; i < std::min(findings.size(), kShownFindings); ++i) text += "\nfound: " + findings[i];
  if (findings.size() > kShownFindings)
    text += "\nfound: " + std::to_string(findings.size() - kShownFindings) + " more (--json FILE names all)";
  return findings.empty() ? text + "\nnothing found" : text;
}

std::string audit_json(const AuditReport& report) {
  const Json json = {{"format", "unmask.audit.1"},
                     {"stores", json_list(report.splits)},
                     {"leaks", json_list(report.leaks)},
                     {"label_conflicts", json_list(report.conflicts)},
                     {"findings", report.findings()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace unmask
