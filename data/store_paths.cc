#include "data/store_paths.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "data/printable.h"

namespace unmask {

std::filesystem::path store_path(const std::filesystem::path& stores, const std::string& dataset, Split split) {
  return stores / dataset / (to_word(split) + ".crops");
}

std::filesystem::path require_store(const std::filesystem::path& stores, const std::string& dataset, Split split) {
  std::error_code none;
  if (!std::filesystem::exists(stores, none)) {
    throw Error(ErrorKind::kData, "no folder of crop stores " + stores.string() +
                                      ": run `unmask prepare` to make it, or correct data.stores");
  }
  std::filesystem::path file = store_path(stores, dataset, split);
  if (!std::filesystem::exists(file, none)) {
    throw Error(ErrorKind::kData, "dataset " + dataset + " has no split " + to_word(split) + ": " + file.string() +
                                      " is missing; run `unmask prepare` or `unmask split` to make it");
  }
  return file;
}

std::filesystem::path prepared_path(const std::filesystem::path& stores, const std::string& dataset) {
  return stores / dataset / kPreparedName;
}

bool is_dataset_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, is_allowed);
}

void check_dataset_names(const std::string& key, const std::vector<std::string>& names, OptionFaults& faults) {
  for (auto name = names.begin(); name != names.end(); ++name) {
    const std::string got = "\"" + printable(*name) + "\"";
    if (!is_dataset_name(*name)) {
      faults.add(key + " must hold dataset names of 1 to 100 letters, digits, _ and -, got " + got);
    } else if (*name == "both") {
      faults.add(key + " must name single datasets: write [\"base\", \"augment\"] for \"both\"");
    } else if (std::find(names.begin(), name, *name) != name) {
      faults.add(key + " must not name a dataset twice, got " + got + " again");
    }
  }
}

}  // namespace unmask
