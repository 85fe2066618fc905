#include "sweep/pool_view.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sweep/plan/disk_plan.h"
#include "sweep/plan/trial_lifecycle.h"

namespace unmask {
namespace {

using Classes = std::map<std::string, std::set<int>>;

/// Trials that may be begun: no more are to be under way at once than the disk was planned for.
int may_begin(const TrialTable& trials, const Classes& classes) {
  if (trials.sweep().stop == StoppingRule::kNone) return std::numeric_limits<int>::max();
  int ranks = 0;
  for (const auto& [numerics, members] : classes) ranks += static_cast<int>(members.size());
  const auto under_way = std::ranges::count_if(
      trials.trials(), [](const SweepTrial& trial) { return has_begun(trial.record) && !is_over(trial.record.state); });
  return most_under_way(trials.sweep(), ranks) - static_cast<int>(under_way);
}

double share_of(const std::set<int>& ranks, const Classes& classes) {
  std::size_t all = 0;
  for (const auto& [numerics, members] : classes) all += members.size();
  return static_cast<double>(ranks.size()) / static_cast<double>(all);
}

}  // namespace

PoolState pool_view(const TrialTable& trials, const LeaseTable& leases, const RankRoster& ranks,
                    const std::string& numerics, const std::vector<int>& gpu_of) {
  const Classes classes = ranks.classes();
  const std::set<int>& members = classes.at(numerics);
  PoolState pool;
  pool.mode = trials.sweep().mode;
  pool.group_size = trials.sweep().group_size;
  pool.ranks = static_cast<int>(members.size());
  pool.free_ranks = ranks.free_of(members);
  pool.gpu_of = gpu_of;
  pool.may_begin = may_begin(trials, classes);
  pool.lease_cost_s = leases.lease_cost_s();
  const std::vector<int> holding = trials.holding_up();
  const auto load_of = [&](const SweepTrial& trial) {
    TrialLoad load = leases.load(trial);
    load.holds_up_others = std::ranges::find(holding, load.trial) != holding.end();
    load.begun = has_begun(trial.record);
    load.cohort = trials.sweep().stop == StoppingRule::kNone ? 0 : trial.record.cohort;
    return load;
  };
  std::vector<TrialLoad> unassigned;  // no rank of their class is here, or they have none yet
  for (const SweepTrial& trial : trials.trials()) {
    if (!trials.needs_ranks(trial) || leases.of_trial(trial.record.id) != nullptr) continue;
    const std::string home = trial.record.numerics.empty() ? "" : trial.record.numerics.back();
    if (home == numerics) pool.waiting.push_back(load_of(trial));
    if (!classes.contains(home)) unassigned.push_back(load_of(trial));
  }
  unassigned.resize(
      static_cast<std::size_t>(std::ceil(static_cast<double>(unassigned.size()) * share_of(members, classes))));
  pool.waiting.insert(pool.waiting.end(), unassigned.begin(), unassigned.end());
  std::ranges::sort(pool.waiting, {}, &TrialLoad::trial);
  for (const auto& [id, lease] : leases.all()) {
    if (lease.score_test || !members.contains(lease.members.front())) continue;
    const SweepTrial& trial = trials.trial(lease.trial);
    RunningGroup group{load_of(trial), id, lease.members, lease.ending || lease.ended};
    if (lease.ended && !trials.needs_ranks(trial)) group.load.steps_left = 0;
    pool.running.push_back(group);
  }
  return pool;
}

}  // namespace unmask
