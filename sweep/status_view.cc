#include "sweep/status_view.h"

#include <algorithm>

#include "base/number_text.h"
#include "sweep/plan/trial_lifecycle.h"

namespace unmask {
namespace {

const SweepTrial& trial_of(const std::vector<SweepTrial>& trials, int id) {
  return *std::ranges::lower_bound(trials, id, {}, [](const SweepTrial& trial) { return trial.record.id; });
}

double left_s(const SweepTrial& trial, const LeaseTable& leases, int ranks) {
  return seconds_left(leases.load(trial), ranks) + leases.scoring_left_s(trial, ranks);
}

GroupStatus group_of(const ActiveLease& lease, const SweepTrial& trial, const LeaseTable& leases,
                     const RankRoster& ranks) {
  GroupStatus group;
  group.trial = lease.trial;
  group.ranks = lease.members;
  group.step = lease.news.step.step;
  group.steps = trial.brief.steps();
  group.epoch = lease.news.step.epoch;
  group.epochs = trial.brief.epochs;
  group.images_per_s = lease.news.step.images_per_s;
  group.doing = ranks.doing(lease.members.front());
  if (leases.is_measured(lease.trial)) group.eta_s = left_s(trial, leases, static_cast<int>(lease.members.size()));
  return group;
}

/// The longest group, or all work spread over all ranks: whichever takes longer.
double eta_s(const RunStatus& status, const std::vector<SweepTrial>& trials, const LeaseTable& leases, int living) {
  double work_s = 0, longest_s = 0;
  for (const SweepTrial& trial : trials) {
    if (!is_over(trial.record.state) && trial.record.drawn) work_s += left_s(trial, leases, 1);
  }
  for (const GroupStatus& group : status.groups) longest_s = std::max(longest_s, group.eta_s);
  return std::max(longest_s, work_s / std::max(1, living));
}

/// What runs counts too, by its best epoch so far.
std::vector<LeaderStatus> leaders(const std::vector<SweepTrial>& trials) {
  std::vector<RankedTrial> all = ranked(trials);
  for (RankedTrial& one : all) {
    const TrialRecord& record = trial_of(trials, one.id).record;
    one.value.reset();
    if (!record.objective.empty() && record.state != TrialState::kFailed) one.value = std::stod(record.objective);
  }
  std::vector<LeaderStatus> list;
  for (const RankedPoint& point : ranked_points(all)) {
    if (!point.mean) continue;
    const auto& [record, brief] = trial_of(trials, point.trials.front());
    list.push_back({record.id, to_word(record.state), train_set(brief.train), number_text(*point.mean),
                    record.best_epoch, point_text(record.point), point.seeds, static_cast<int>(point.trials.size())});
  }
  order_leaders(list);
  return list;
}

}  // namespace

RunStatus status_view(const std::vector<SweepTrial>& trials, const LeaseTable& leases, const RankRoster& ranks) {
  RunStatus status;
  for (const SweepTrial& trial : trials) ++status.trials[to_word(trial.record.state)];
  for (const auto& [id, lease] : leases.all()) {
    if (lease.ended) continue;
    status.groups.push_back(group_of(lease, trial_of(trials, lease.trial), leases, ranks));
    status.images_per_s += status.groups.back().images_per_s;
  }
  if (leases.any_measured()) status.eta_s = eta_s(status, trials, leases, ranks.living());
  status.leaders = leaders(trials);
  status.allows_leaks = std::ranges::any_of(trials, [](const SweepTrial& trial) { return trial.brief.allows_leaks; });
  status.ranks = ranks.statuses();
  return status;
}

std::string progress_text(const RunStatus& status, const std::vector<SweepTrial>& trials, const LeaseTable& leases) {
  std::string text;
  if (trials.size() > 1) {
    const auto over =
        std::ranges::count_if(trials, [](const SweepTrial& trial) { return is_over(trial.record.state); });
    text = std::to_string(over) + "/" + std::to_string(trials.size()) + " trials, " +
           std::to_string(status.groups.size()) + " running";
  } else if (!status.groups.empty()) {
    const GroupStatus& group = status.groups.front();
    text = "epoch " + std::to_string(group.epoch) + "/" + std::to_string(group.epochs) + "  step " +
           std::to_string(group.step) + "/" + std::to_string(group.steps) + "  loss " +
           fixed_text(leases.all().begin()->second.news.step.loss, 4);
  }
  return text.empty() ? text : text + "  " + fixed_text(status.images_per_s, 1) + " images/s";
}

}  // namespace unmask
