// Where crop stores are, and which names a dataset may have.
//
//   store_path("stores", "base", Split::kVal)  // stores/base/val.crops
//   prepared_path("stores", "base")            // stores/base/prepared.crops
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_faults.h"
#include "data/sample.h"

namespace unmask {

/// `<stores>/<dataset>/<split>.crops`.
std::filesystem::path store_path(const std::filesystem::path& stores, const std::string& dataset, Split split);

/// store_path() of a store that is there; it isn't opened. THROWS Error(kData) saying what is missing, and what to do.
std::filesystem::path require_store(const std::filesystem::path& stores, const std::string& dataset, Split split);

/// `<stores>/<dataset>/prepared.crops`: every crop that was prepared, which the splits beside it point into.
inline constexpr const char* kPreparedName = "prepared.crops";
std::filesystem::path prepared_path(const std::filesystem::path& stores, const std::string& dataset);

/// A dataset's name is a folder, and a part of column names with dots between (val.base.auc): 1 to 100 letters, digits,
/// `_` and `-`.
bool is_dataset_name(std::string_view name);

/// The option `key` names datasets: each by such a name, none twice, and none "both", which is an alias of two.
void check_dataset_names(const std::string& key, const std::vector<std::string>& names, OptionFaults& faults);

}  // namespace unmask
