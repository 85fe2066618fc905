#include "data/audit/stored_audit.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/number_text.h"
#include "data/audit/audit_report.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMostBytes = 64 << 20;

fs::path folder_of(const fs::path& stores) { return stores / "audits"; }

/// "box: AUC 0.731", or "".
std::string strongest_of(const Json& shortcuts) {
  std::string text;
  double highest = 0;
  for (const Json& probe : shortcuts) {
    if (probe.at("auc").is_null() || probe.at("auc") <= highest) continue;
    highest = probe.at("auc");
    text = probe.at("features").get<std::string>() + " of " + probe.at("dataset").get<std::string>() + ", AUC " +
           fixed_text(highest, 3);
  }
  return text;
}

/// THROWS nlohmann's exceptions.
StoredAudit audit_from(const std::string& text) {
  const Json json = Json::parse(text);
  StoredAudit audit;
  if (json.at("format") != "unmask.audit.1") return audit;  // of no store
  for (const Json& store : json.at("stores")) audit.fingerprints.push_back(store.at("fingerprint"));
  audit.rules = json.value("rules", 1);
  audit.has_crops = !json.at("shortcuts").is_null();
  if (audit.has_crops) audit.strongest = strongest_of(json.at("shortcuts"));
  for (const Json& finding : json.at("findings")) audit.findings.push_back(finding);
  std::ranges::sort(audit.fingerprints);
  return audit;
}

std::vector<fs::path> audit_files(const fs::path& stores) {
  std::vector<fs::path> files;
  std::error_code none;
  for (fs::directory_iterator entry(folder_of(stores), none), end; !none && entry != end; entry.increment(none)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

/// The lesser the better.
std::pair<bool, std::size_t> preference_of(const StoredAudit& audit) {
  return {audit.is_older(), audit.fingerprints.size()};
}

}  // namespace

bool StoredAudit::is_older() const { return rules < kAuditRules; }

std::string StoredAudit::summary() const {
  std::string more = !has_crops ? " (crops were not looked at)" : "";
  if (!strongest.empty()) more += "; strongest shortcut: " + strongest;
  if (is_older()) more += "; an older build made it by other rules: audit again";
  if (findings.empty()) return "nothing found" + more;
  return std::to_string(findings.size()) + (findings.size() == 1 ? " finding: " : " findings: ") + findings.front() +
         (findings.size() > 1 ? "; …" : "") + more;
}

fs::path store_audit(const fs::path& stores, const std::string& json) {
  Digest128Stream name;
  for (const std::string& fingerprint : audit_from(json).fingerprints) name.update(fingerprint);
  const fs::path folder = folder_of(stores);
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) throw Error(ErrorKind::kFailed, folder.string() + ": cannot make the folder: " + error.message());
  const fs::path file = folder / (to_hex(name.digest()) + ".json");
  write_file_durably(file, json);
  return file;
}

std::optional<StoredAudit> find_audit(const fs::path& stores, const std::vector<Digest128>& fingerprints) {
  std::vector<std::string> wanted;
  for (const Digest128& fingerprint : fingerprints) wanted.push_back(to_hex(fingerprint));
  return find_audit(stores, std::move(wanted));
}

std::optional<StoredAudit> find_audit(const fs::path& stores, std::vector<std::string> wanted) {
  std::ranges::sort(wanted);
  std::optional<StoredAudit> best;
  if (wanted.empty()) return best;
  for (const fs::path& file : audit_files(stores)) {
    try {
      StoredAudit audit = audit_from(read_text_file(file, kMostBytes));
      audit.file = file;
      if (!std::ranges::includes(audit.fingerprints, wanted)) continue;
      if (!best || preference_of(audit) < preference_of(*best)) best = std::move(audit);
    } catch (const std::exception&) {
      continue;
    }
  }
  return best;
}

}  // namespace unmask
