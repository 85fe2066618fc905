#include "data/store_paths.h"

#include <algorithm>

#include "data/printable.h"

namespace unmask {

std::filesystem::path store_path(const std::filesystem::path& stores, const std::string& dataset, Split split) {
  return stores / dataset / (to_word(split) + ".crops");
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
