#include "launch/run/status_report.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/number_text.h"
#include "base/table_text.h"
#include "launch/progress_line.h"
#include "sweep/plan/trial_brief.h"
#include "sweep/run/slices.h"

namespace unmask {
namespace {

constexpr std::size_t kMostRanksShown = 32;

std::string groups_table(const RunStatus& status) {
  TextTable table({"trial", "ranks", "doing", "epoch", "step", "images/s", "left"});
  for (const GroupStatus& group : status.groups) {
    std::string ranks;
    for (const int rank : group.ranks) ranks += (ranks.empty() ? "" : ",") + std::to_string(rank);
    table.add({trial_number(group.trial), ranks, group.doing,
               std::to_string(group.epoch) + "/" + std::to_string(group.epochs),
               std::to_string(group.step) + "/" + std::to_string(group.steps), fixed_text(group.images_per_s, 1),
               duration_text(group.eta_s)});
  }
  return table.text();
}

std::string leaders_table(const RunStatus& status) {
  const bool repeats = std::ranges::any_of(status.leaders, [](const LeaderStatus& leader) { return leader.seeds > 1; });
  std::vector<std::string> header = {"leader", "state", "trained on", repeats ? "mean" : "objective"};
  if (repeats) header.emplace_back("of seeds");
  header.insert(header.end(), {"at epoch", "point"});
  TextTable table(header);
  for (const LeaderStatus& leader : status.leaders) {
    std::vector<std::string> row = {trial_number(leader.trial), leader.state, leader.train,
                                    fixed_text(std::strtod(leader.objective.c_str(), nullptr), 4)};
    if (repeats) row.push_back(std::to_string(leader.n) + " of " + std::to_string(leader.seeds));
    row.insert(row.end(), {std::to_string(leader.best_epoch), leader.point});
    table.add(row);
  }
  return table.text();
}

/// compute, exposed, input, optimizer, other, idle
std::vector<double> seconds_of(const RankStatus& rank) {
  const RankSeconds& s = rank.seconds;
  const double other_s = s.lease_s - s.compute_s - s.exposed_s - s.load_s - s.optimizer_s;
  return {s.compute_s, s.exposed_s, s.load_s, s.optimizer_s, std::max(0.0, other_s), s.idle_s};
}

std::vector<std::string> seconds_row(const std::string& who, const std::string& host,
                                     const std::vector<double>& seconds) {
  std::vector<std::string> row = {who, host};
  for (const double one : seconds) row.push_back(fixed_text(one, 1));
  return row;
}

/// Where the ranks' time went; of many ranks only the mean and the extremes.
std::string ranks_table(const RunStatus& status) {
  TextTable table({"rank", "host", "compute s", "exposed s", "input s", "optimizer s", "other s", "idle s"});
  if (status.ranks.size() <= kMostRanksShown) {
    for (const RankStatus& rank : status.ranks)
      table.add(seconds_row(std::to_string(rank.rank), rank.host, seconds_of(rank)));
    return table.text();
  }
  std::set<std::string> hosts;
  std::vector<double> mean = seconds_of({}), least = seconds_of(status.ranks.front()), most = least;
  for (const RankStatus& rank : status.ranks) {
    hosts.insert(rank.host);
    const std::vector<double> seconds = seconds_of(rank);
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      mean[i] += seconds[i] / static_cast<double>(status.ranks.size());
      least[i] = std::min(least[i], seconds[i]);
      most[i] = std::max(most[i], seconds[i]);
    }
  }
  const std::string where = std::to_string(hosts.size()) + (hosts.size() == 1 ? " host" : " hosts");
  table.add(seconds_row("mean of " + std::to_string(status.ranks.size()), where, mean));
  table.add(seconds_row("least", "", least));
  table.add(seconds_row("most", "", most));
  return table.text();
}

RunStatus told_by(const RunFolder& folder) {
  RunStatus status = read_status(folder);
  tell_silence(status, std::time(nullptr));
  return status;
}

}  // namespace

RunStatus read_whole_status(const RunFolder& folder) {
  if (std::filesystem::exists(folder.status())) return told_by(folder);
  SliceSet slices = find_slices(folder);
  if (slices.started.empty()) {
    throw Error(ErrorKind::kUsage, folder.root().string() + ": holds no run (no status.json) and no slices of one");
  }
  // A slice tells for the first time a second after its start.
  const auto is_silent = [](const auto& slice) { return !std::filesystem::exists(slice.second.status()); };
  for (const auto& slice : slices.started) {
    if (is_silent(slice)) slices.missing.push_back(slice.first);
  }
  std::ranges::sort(slices.missing);
  std::erase_if(slices.started, is_silent);
  std::vector<RunStatus> statuses;
  for (const auto& [index, slice] : slices.started) statuses.push_back(told_by(slice));
  return merged_status(slices, statuses);
}

std::string status_text(const RunStatus& status) {
  std::string text = status.run_state + (status.reason.empty() ? "" : ": " + status.reason) + "; trials:";
  for (const auto& [state, count] : status.trials) text += " " + std::to_string(count) + " " + state;
  text += "; " + fixed_text(status.images_per_s, 1) + " images/s, " + duration_text(status.eta_s) + " left, " +
          duration_text(status.elapsed_s) + " since this start";
  if (status.predicted_s >= 0) text += " (predicted in all: " + duration_text(status.predicted_s) + ")";
  if (!status.groups.empty()) text += "\n\n" + groups_table(status);
  if (!status.leaders.empty()) text += "\n\n" + leaders_table(status);
  if (status.allows_leaks) text += std::string("\n\n") + kLeaksText;
  if (!status.ranks.empty()) text += "\n\n" + ranks_table(status);
  return text + "\n\nmode " + status.mode + ", host " + status.host + ", process " + std::to_string(status.pid) +
         ", told at " + status.updated;
}

}  // namespace unmask
