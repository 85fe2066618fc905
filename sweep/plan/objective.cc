#include "sweep/plan/objective.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace unmask {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return "[" + text + "]";
}

/// What trials are ordered by; no value and NaN come last.
double rank_value(const RankedTrial& trial) {
  return trial.value && !std::isnan(*trial.value) ? *trial.value : -std::numeric_limits<double>::infinity();
}

bool has_value(const RankedTrial& trial) { return trial.value && !std::isnan(*trial.value); }

bool better(const RankedTrial& a, const RankedTrial& b) {
  if (has_value(a) != has_value(b)) return has_value(a);
  if (rank_value(a) != rank_value(b)) return rank_value(a) > rank_value(b);
  return a.id < b.id;
}

using DatasetSet = std::set<std::string>;
DatasetSet set_of(const RankedTrial& trial) { return {trial.train_datasets.begin(), trial.train_datasets.end()}; }

std::vector<const RankedTrial*> chosen_of(const std::vector<RankedTrial>& trials) {
  std::vector<const RankedTrial*> by_id;
  by_id.reserve(trials.size());
  for (const RankedTrial& trial : trials) by_id.push_back(&trial);
  std::sort(by_id.begin(), by_id.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  std::vector<std::pair<DatasetSet, const RankedTrial*>> best;  // in order of appearance
  for (const RankedTrial* trial : by_id) {
    const DatasetSet set = set_of(*trial);
    const auto found = std::find_if(best.begin(), best.end(), [&](const auto& each) { return each.first == set; });
    if (found == best.end()) {
      best.emplace_back(set, trial);
    } else if (better(*trial, *found->second)) {
      found->second = trial;
    }
  }
  std::vector<const RankedTrial*> chosen;
  for (const auto& each : best) {
    if (has_value(*each.second)) chosen.push_back(each.second);
  }
  return chosen;
}

}  // namespace

std::optional<Objective> parse_objective(const std::string& text, const std::string& select) {
  if (text == "mean") return Objective{Objective::Over::kMean, "", select};
  if (text == "worst") return Objective{Objective::Over::kWorst, "", select};
  const std::size_t first = text.find('.'), last = text.rfind('.');
  if (first == std::string::npos || text.substr(0, first) != "val" || last <= first + 1) return std::nullopt;
  const std::string metric = text.substr(last + 1);
  if (find_score(metric) == nullptr) return std::nullopt;
  return Objective{Objective::Over::kDataset, text.substr(first + 1, last - first - 1), metric};
}

std::vector<std::string> objective_faults(const SweepOptions& options, const TrialOptions& base,
                                          const std::vector<std::vector<std::string>>& train_sets) {
  const auto objective = parse_objective(options.objective, base.train.select);
  if (!objective || objective->over != Objective::Over::kDataset) return {};
  const std::string& dataset = objective->dataset;
  const std::string start = "sweep.objective is \"" + options.objective + "\", ";
  if (!contains(base.data.val, dataset)) {
    return {start + "but data.val = " + listed(base.data.val) + " doesn't hold \"" + dataset + "\""};
  }
  const auto stranger = std::find_if(train_sets.begin(), train_sets.end(),
                                     [&](const std::vector<std::string>& set) { return !contains(set, dataset); });
  if (stranger == train_sets.end()) return {};
  const std::string why = "a dataset that trials on " + listed(*stranger) + " don't train on";
  if (contains(base.data.test, dataset)) {
    return {start + why +
            " and that data.test names: a test dataset is scored once, at the end; choose by "
            "another, or take it out of data.test"};
  }
  if (!options.select_on_targets) {
    return {start + why +
            ": choosing by a target flatters the scores on it; use \"mean\" or \"worst\", or say "
            "sweep.select_on_targets = true and every table will be marked"};
  }
  return {};
}

std::optional<double> objective_value(const Objective& objective, const EpochRow& row,
                                      const std::vector<std::string>& train_datasets) {
  if (objective.over == Objective::Over::kMean) return selected_value(row, train_datasets, objective.metric);
  if (objective.over == Objective::Over::kDataset) return selected_value(row, {objective.dataset}, objective.metric);
  std::optional<double> worst;
  for (const DatasetScores& scores : row.val) {
    if (!contains(train_datasets, scores.dataset)) continue;
    const auto value = selected_value(row, {scores.dataset}, objective.metric);
    if (!value) return std::nullopt;
    worst = worst ? std::min(*worst, *value) : *value;
  }
  return worst;
}

std::optional<double> objective_at(const Objective& objective, const std::vector<EpochRow>& rows, int last_epoch,
                                   const std::vector<std::string>& train_datasets, const std::string& select) {
  std::vector<EpochRow> seen;
  for (const EpochRow& row : rows) {
    if (row.epoch <= last_epoch) seen.push_back(row);
  }
  const auto best = best_row(seen, train_datasets, select);
  return best ? objective_value(objective, seen[*best], train_datasets) : std::nullopt;
}

std::vector<int> ranking(const std::vector<RankedTrial>& trials) {
  std::vector<RankedTrial> sorted = trials;
  std::sort(sorted.begin(), sorted.end(), better);
  std::vector<int> ids;
  ids.reserve(sorted.size());
  for (const RankedTrial& trial : sorted) ids.push_back(trial.id);
  return ids;
}

std::vector<int> chosen_trials(const std::vector<RankedTrial>& trials) {
  std::vector<int> ids;
  for (const RankedTrial* trial : chosen_of(trials)) ids.push_back(trial->id);
  return ids;
}

std::optional<int> sweep_choice(const std::vector<RankedTrial>& trials) {
  const RankedTrial* choice = nullptr;
  for (const RankedTrial* trial : chosen_of(trials)) {
    const std::size_t mine = set_of(*trial).size(), best = choice == nullptr ? 0 : set_of(*choice).size();
    if (choice == nullptr || mine > best || (mine == best && better(*trial, *choice))) choice = trial;
  }
  return choice == nullptr ? std::nullopt : std::optional(choice->id);
}

}  // namespace unmask
