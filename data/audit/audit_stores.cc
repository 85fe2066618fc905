#include "data/audit/audit_stores.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/error.h"
#include "data/printable.h"
#include "data/store_paths.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

AuditStore store_of(const fs::path& file) {
  const std::optional<Split> split = from_word<Split>(file.stem().string());
  if (!split || file.extension() != ".crops") {
    throw Error(ErrorKind::kUsage, printable(file.native()) + ": isn't named after a split (train.crops, val.crops, " +
                                       "calibration.crops, test.crops)");
  }
  return {file, printable(file.parent_path().filename().native()), *split};
}

std::vector<AuditStore> splits_in(const fs::path& dataset) {
  std::vector<AuditStore> found;
  for (const auto& [word, split] : words_of(Split{})) {
    const fs::path file = store_path(dataset.parent_path(), dataset.filename().string(), split);
    std::error_code none;
    if (fs::exists(file, none)) found.push_back(store_of(file));
  }
  return found;
}

std::vector<AuditStore> stores_in(const fs::path& folder) {
  std::vector<AuditStore> found = splits_in(folder);
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code none;
    if (!entry->is_directory(none)) continue;
    for (AuditStore& store : splits_in(entry->path())) found.push_back(std::move(store));
  }
  if (error) throw Error(ErrorKind::kFailed, printable(folder.native()) + ": cannot be listed: " + error.message());
  if (!found.empty()) return found;
  throw Error(ErrorKind::kData, printable(folder.native()) +
                                    ": neither it nor a folder in it holds a split (train.crops, val.crops, …); "
                                    "run `unmask prepare` first");
}

}  // namespace

std::vector<AuditStore> find_audit_stores(const std::vector<std::string>& names) {
  std::vector<AuditStore> found;
  for (const std::string& name : names) {
    std::error_code error;
    fs::path path = fs::absolute(name).lexically_normal();  // the same store, however it is named
    if (!path.has_filename()) path = path.parent_path();
    if (!fs::exists(path, error)) throw Error(ErrorKind::kData, printable(name) + ": there is no such file or folder");
    if (!fs::is_directory(path, error)) {
      found.push_back(store_of(path));
      continue;
    }
    for (AuditStore& store : stores_in(path)) found.push_back(std::move(store));
  }
  const auto place = [](const AuditStore& store) { return std::tie(store.dataset, store.split, store.file); };
  std::ranges::sort(found, {}, place);
  const auto again = std::unique(found.begin(), found.end(),
                                 [&](const AuditStore& a, const AuditStore& b) { return place(a) == place(b); });
  found.erase(again, found.end());
  const auto same = [](const AuditStore& a, const AuditStore& b) {
    return a.dataset == b.dataset && a.split == b.split;
  };
  if (const auto two = std::ranges::adjacent_find(found, same); two != found.end()) {
    throw Error(ErrorKind::kUsage, printable(two->file.native()) + " and " + printable((two + 1)->file.native()) +
                                       " are of one dataset and split: audit the stores of one folder at a time");
  }
  return found;
}

}  // namespace unmask
