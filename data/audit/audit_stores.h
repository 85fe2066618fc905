// Which stores `unmask audit` looks at.
//
//   for (const AuditStore& each : find_audit_stores({"stores"})) std::cout << each.file << "\n";
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/sample.h"

namespace unmask {

struct AuditStore {
  std::filesystem::path file;
  std::string dataset;
  Split split = Split::kTrain;
  /// The folder of its dataset's folder.
  std::filesystem::path stores() const { return file.parent_path().parent_path(); }
};

/// Each name is a file <dataset>/<split>.crops, a dataset's folder, or a folder of those: all splits in it. By dataset,
/// then by split, each once. THROWS Error: kData where a file or a split is missing, kUsage where a file isn't named
/// after a split or two are of the same dataset and split.
std::vector<AuditStore> find_audit_stores(const std::vector<std::string>& names);

}  // namespace unmask
