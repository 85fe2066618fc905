#include "launch/run/run_splits.h"

#include <map>
#include <set>

#include "base/error.h"
#include "data/audit/split_census.h"
#include "data/store_paths.h"

namespace unmask {

namespace fs = std::filesystem;

std::vector<RunSplit> run_splits(const RunConfig& config) {
  const DataOptions& data = config.trial.data;
  std::map<std::string, std::set<Split>> used;
  for (const auto& datasets : train_sets(config)) {
    for (const std::string& dataset : datasets) used[dataset].insert(Split::kTrain);
  }
  for (const std::string& dataset : data.val) used[dataset].insert(Split::kVal);
  for (const std::string& dataset : data.test) used[dataset].insert(Split::kTest);
  std::vector<RunSplit> splits;
  for (const auto& [dataset, of_config] : used) {
    for (const Split split : {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest}) {
      RunSplit made{dataset, split, store_path(data.stores, dataset, split), of_config.contains(split)};
      std::error_code none;
      if (made.used || fs::exists(made.file, none)) splits.push_back(std::move(made));
    }
  }
  return splits;
}

void refuse_leaks(const RunConfig& config) {
  if (config.trial.data.allow_leaks) return;
  std::vector<SplitCensus> splits;
  for (const RunSplit& split : run_splits(config)) {
    try {
      splits.push_back(take_census(split.file, split.dataset, split.split));
    } catch (const Error&) {
      continue;
    }
  }
  std::string leaks;
  for (const SplitLeak& leak : leaks_among(splits)) leaks += "\n  " + leak.text();
  if (leaks.empty()) return;
  throw Error(ErrorKind::kData, "the splits in " + config.trial.data.stores +
                                    " leak: scores would be too good:" + leaks +
                                    "\n  split by identity (`unmask split`); or set data.allow_leaks = "
                                    "true, which every table then tells");
}

}  // namespace unmask
