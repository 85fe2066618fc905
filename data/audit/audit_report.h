// What `unmask audit` found in the stores that it was given: for people, and as JSON (docs/formats.md).
//
//   AuditReport report = audit_names(std::move(splits));
//   std::cout << audit_text(report) << "\n";
//   return report.findings().empty() ? 0 : 3;
#pragma once

#include <string>
#include <vector>

#include "data/audit/near_duplicates.h"
#include "data/audit/shortcut_probe.h"
#include "data/audit/split_census.h"

namespace unmask {

/// Stands in every document. Raise it with a change after which an audit may find other things in the same stores: then
/// whoever is told of a stored one knows that it is older.
inline constexpr int kAuditRules = 2;  // 1 didn't look for copies whose faces were found anew

struct AuditReport {
  std::vector<SplitCensus> splits;
  std::vector<SplitLeak> leaks;  // within datasets, then across them
  std::vector<LabelConflict> conflicts;
  bool has_crops = false;  // what follows is there
  std::vector<NearDuplicate> duplicates;
  std::vector<ShortcutProbe> shortcuts;

  /// What should not be, a line each: leaks, conflicts, near-duplicates. Shortcuts are not among them: how strong one
  /// may be is for the user to say.
  std::vector<std::string> findings() const;
  /// The probe that tells most; nullptr where there is none.
  const ShortcutProbe* strongest_shortcut() const;
};

/// What names, labels and digests of records tell.
AuditReport audit_names(std::vector<SplitCensus> splits);

/// The tables, then the findings or that there are none. No newline at the end.
std::string audit_text(const AuditReport& report);

/// One document. Equal stores give equal bytes, wherever they are.
std::string audit_json(const AuditReport& report);

}  // namespace unmask
