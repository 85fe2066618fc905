// What an audit found, kept beside the stores, so that who trains on them later is told.
//
//   store_audit("stores", audit_json(report));                       // stores/audits/<digest of the fingerprints>.json
//   const auto audit = find_audit("stores", fingerprints);           // of all these stores, and perhaps of others
//   if (audit) std::cout << audit->findings.size();
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"

namespace unmask {

struct StoredAudit {
  std::filesystem::path file;
  std::vector<std::string> fingerprints;  // of the stores, 32 hex digits each
  std::vector<std::string> findings;
  int rules = 1;           // that it was made by (kAuditRules); 1 where its document doesn't say
  bool has_crops = false;  // crops were looked at
  std::string strongest;   // "box of base, AUC 0.731": the shortcut that tells most; "" where none was tried
  /// Might an audit made now find something else?
  bool is_older() const;
  /// "nothing found", or "2 findings: dataset base: 1 video (real 000) in both train and val; …". An older one says
  /// so.
  std::string summary() const;
};

/// `<stores>/audits/<digest>.json`, named by the fingerprints of the stores that it is of: the same stores give the
/// same name, in any order. REQUIRES: a document of audit_json. THROWS Error(kFailed) where it can't be written.
std::filesystem::path store_audit(const std::filesystem::path& stores, const std::string& json);

/// The audit that covers all these stores and the fewest others, an older one only where there is no other; of several
/// the first by its file's name. Nothing where there is none. Files that are damaged, or of a newer version, are passed
/// over.
std::optional<StoredAudit> find_audit(const std::filesystem::path& stores, const std::vector<Digest128>& fingerprints);
/// The same by 32 hex digits each.
std::optional<StoredAudit> find_audit(const std::filesystem::path& stores, std::vector<std::string> fingerprints);

}  // namespace unmask
