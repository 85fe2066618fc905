#include "launch/run/run_splits.h"

#include <map>
#include <set>

#include "base/error.h"
#include "data/audit/stored_audit.h"
#include "data/store_paths.h"

namespace unmask {

namespace fs = std::filesystem;

std::vector<RunSplit> run_splits(const RunConfig& config) {
  const DataOptions& data = config.trial.data;
  std::map<std::string, std::set<Split>> used;
  for (const auto& datasets : train_sets(config)) {
    for (const std::string& dataset : datasets) used[dataset].insert(Split::kTrain);
  }
  for (const std::string& dataset : replays(config) ? data.replay_from : std::vector<std::string>())
    used[dataset].insert(Split::kTrain);
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

std::vector<SplitCensus> run_censuses(const RunConfig& config) {
  std::vector<SplitCensus> splits;
  for (const RunSplit& split : run_splits(config)) {
    try {
      splits.push_back(take_census(split.file, split.dataset, split.split));
    } catch (const Error&) {
      continue;
    }
  }
  return splits;
}

void refuse_leaks(const RunConfig& config, const std::vector<SplitCensus>& splits) {
  if (config.trial.data.allow_leaks) return;
  std::string leaks;
  for (const SplitLeak& leak : leaks_among(splits)) leaks += "\n  " + leak.text();
  if (leaks.empty()) return;
  throw Error(ErrorKind::kData, "the splits in " + config.trial.data.stores +
                                    " leak: scores would be too good:" + leaks +
                                    "\n  split by identity (`unmask split`); or set data.allow_leaks = "
                                    "true, which every table then tells");
}

std::vector<std::string> audit_notes(const RunConfig& config, const std::vector<SplitCensus>& splits) {
  std::vector<std::string> lines;
  const std::vector<LabelConflict> conflicts = label_conflicts(splits);
  if (!conflicts.empty()) {
    lines.push_back("labels that contradict each other: " + conflicts.front().text() +
                    (conflicts.size() > 1 ? "; and " + std::to_string(conflicts.size() - 1) + " more" : ""));
  }
  std::vector<Digest128> fingerprints;
  for (const SplitCensus& split : splits) fingerprints.push_back(split.fingerprint);
  const auto audit = find_audit(config.trial.data.stores, fingerprints);
  if (!audit) {
    lines.push_back("audit: none of these splits is stored; `unmask audit " + config.trial.data.stores +
                    "` looks for leaks, near-duplicate crops and shortcuts");
    return lines;
  }
  lines.push_back("audit: " + audit->summary() + " (" + audit->file.string() + ")");
  return lines;
}

}  // namespace unmask
