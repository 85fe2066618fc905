#include "data/data_options.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace unmask {
namespace {

void check_datasets(const std::string& key, const std::vector<std::string>& names, std::vector<std::string>& faults) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    // The name becomes a folder under data.stores and a column of the metrics.
    const bool is_word = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (!is_word) {
      faults.push_back(key + " must hold dataset names of letters, digits, _ and -, got \"" + name + "\"");
    } else if (name == "both") {
      faults.push_back(key + " must name single datasets: write [\"base\", \"augment\"] for \"both\"");
    } else if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), name) !=
               names.begin() + static_cast<std::ptrdiff_t>(i)) {
      faults.push_back(key + " must not name a dataset twice, got \"" + name + "\" again");
    }
  }
}

}  // namespace

std::vector<std::string> validate(const DataOptions& options) {
  std::vector<std::string> faults;
  if (options.stores.empty()) {
    faults.push_back("data.stores must be the folder that holds <dataset>/<split>.crops, got \"\"");
  }
  if (options.train.empty()) faults.push_back("data.train must name at least one dataset, got []");
  check_datasets("data.train", options.train, faults);
  check_datasets("data.val", options.val, faults);
  check_datasets("data.test", options.test, faults);
  if (!(options.sample_ratio > 0 && options.sample_ratio <= 1)) {
    std::ostringstream got;
    got << options.sample_ratio;
    faults.push_back("data.sample_ratio must be in (0, 1], got " + got.str());
  }
  return faults;
}

}  // namespace unmask
