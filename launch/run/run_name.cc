#include "launch/run/run_name.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"

namespace unmask {

namespace fs = std::filesystem;

RunName parse_run_name(const std::string& text) {
  std::error_code none;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || fs::is_directory(text, none)) return {RunFolder(text), std::nullopt};
  const std::string folder = text.substr(0, colon), number = text.substr(colon + 1);
  const bool is_number =
      !number.empty() && number.size() <= 9 && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number || !fs::is_directory(folder, none)) return {RunFolder(text), std::nullopt};
  return {RunFolder(folder), std::stoi(number)};
}

void keep_trial(const RunName& name, RecordedRun& run) {
  if (!name.trial) return;
  std::erase_if(run.trials, [&](const SweepTrial& trial) { return trial.record.id != *name.trial; });
  if (run.trials.empty())
    throw Error(ErrorKind::kUsage, name.folder.root().string() + ": has no trial " + trial_number(*name.trial));
}

void keep_trial(const RunName& name, RunStatus& status) {
  if (!name.trial) return;
  std::erase_if(status.groups, [&](const GroupStatus& group) { return group.trial != *name.trial; });
  std::erase_if(status.leaders, [&](const LeaderStatus& leader) { return leader.trial != *name.trial; });
  status.ranks.clear();
}

}  // namespace unmask
