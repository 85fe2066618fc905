#include "data/audit/audit_report.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/number_text.h"
#include "base/table_text.h"

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

Json json_of(const NearDuplicate& pair) {
  return {{"first", pair.first},          {"first_frame", pair.first_frame},
          {"second", pair.second},        {"second_frame", pair.second_frame},
          {"mirrored", pair.mirrored},    {"labels_differ", pair.labels_differ},
          {"similarity", pair.similarity}};
}

Json json_of(const ShortcutProbe& probe) {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"dataset", probe.dataset}, {"features", probe.group},  {"real", probe.real},        {"fake", probe.fake},
          {"auc", number(probe.auc)}, {"low", number(probe.low)}, {"high", number(probe.high)}};
}

std::string shortcut_table(const std::vector<ShortcutProbe>& shortcuts) {
  TextTable table({"dataset", "shortcut", "video AUC", "95% interval", "real videos", "fake videos"});
  const auto text = [](const std::optional<double>& value) { return value ? fixed_text(*value, 3) : ""; };
  const ShortcutProbe* last = nullptr;
  for (const ShortcutProbe& probe : shortcuts) {
    const bool are_few = static_cast<std::size_t>(std::min(probe.real, probe.fake)) < kProbeFolds;
    if (are_few && last != nullptr && last->dataset == probe.dataset) continue;  // said once
    last = &probe;
    if (are_few) {
      table.add({probe.dataset, "too few videos", "", "", std::to_string(probe.real), std::to_string(probe.fake)});
      continue;
    }
    table.add({probe.dataset, probe.group, probe.auc ? text(probe.auc) : "unknown",
               probe.auc ? text(probe.low) + " to " + text(probe.high) : "", std::to_string(probe.real),
               std::to_string(probe.fake)});
  }
  return table.text();
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
  for (const NearDuplicate& pair : duplicates) lines.push_back(pair.text());
  return lines;
}

const ShortcutProbe* AuditReport::strongest_shortcut() const {
  const ShortcutProbe* strongest = nullptr;
  for (const ShortcutProbe& probe : shortcuts) {
    if (probe.auc && (strongest == nullptr || *probe.auc > *strongest->auc)) strongest = &probe;
  }
  return strongest;
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
  if (report.has_crops) text += "\n" + shortcut_table(report.shortcuts) + "\n";
  const std::vector<std::string> findings = report.findings();
  for (std::size_t i = 0; i < std::min(findings.size(), kShownFindings); ++i) text += "\nfound: " + findings[i];
  if (findings.size() > kShownFindings)
    text += "\nfound: " + std::to_string(findings.size() - kShownFindings) + " more (--json FILE names all)";
  return findings.empty() ? text + "\nnothing found" + (report.has_crops ? "" : " (crops were not looked at)") : text;
}

std::string audit_json(const AuditReport& report) {
  const auto if_seen = [&](Json list) { return report.has_crops ? list : Json(nullptr); };
  const Json json = {{"format", "unmask.audit.1"},
                     {"rules", kAuditRules},
                     {"stores", json_list(report.splits)},
                     {"leaks", json_list(report.leaks)},
                     {"label_conflicts", json_list(report.conflicts)},
                     {"near_duplicates", if_seen(json_list(report.duplicates))},
                     {"shortcuts", if_seen(json_list(report.shortcuts))},
                     {"findings", report.findings()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace unmask
