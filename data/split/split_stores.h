// `unmask split`: another split of datasets that `unmask prepare` has prepared, without reading a crop.
//
//   const SplitReport report = split_stores("stores", {}, {.by = SplitBy::kIdentity, .calibration = 0.05});
//   std::cout << report.table << "\n";
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/split/split_options.h"

namespace unmask {

struct SplitReport {
  std::string table;              // a row for each dataset and split: rows, videos, identities, crops of each class
  std::vector<std::string> said;  // what a user must know, a line each
};

/// Plans the split of every dataset in `stores` that has a prepared.crops, or of those named, and only then writes
/// their views (data/store/crop_views.h): a refusal changes nothing. Equal stores and options give equal bytes; the
/// same call again after a kill goes on. THROWS Error: kUsage for options, unknown datasets, shares that leave a split
/// empty; kData where no dataset is prepared, one named was made by an older prepare, or a store of its own stands
/// where a view would go.
SplitReport split_stores(const std::filesystem::path& stores, const std::vector<std::string>& datasets,
                         const SplitOptions& options);

}  // namespace unmask
