#include "sweep/plan/objective.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

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

std::optional<double> number(const std::optional<double>& value) {
  return value && !std::isnan(*value) ? value : std::nullopt;
}

int lowest_id(const RankedPoint& point) { return *std::min_element(point.trials.begin(), point.trials.end()); }

bool better(const RankedPoint& a, const RankedPoint& b) {
  if (a.whole != b.whole) return a.whole;
  if (a.mean.has_value() != b.mean.has_value()) return a.mean.has_value();
  if (a.mean != b.mean) return *a.mean > *b.mean;
  return lowest_id(a) < lowest_id(b);
}

/// `seeds`: not empty, in any order.
RankedPoint point_of(std::vector<const RankedTrial*> seeds) {
  std::sort(seeds.begin(), seeds.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  RankedPoint point;
  point.train_datasets = seeds.front()->train_datasets;
  double sum = 0, squares = 0;
  for (const RankedTrial* seed : seeds) {
    if (!number(seed->value)) continue;
    sum += *seed->value;
    ++point.seeds;
  }
  point.whole = point.seeds == static_cast<int>(seeds.size());
  if (point.seeds > 0) point.mean = sum / point.seeds;
  for (const RankedTrial* seed : seeds) {
    if (number(seed->value)) squares += (*seed->value - *point.mean) * (*seed->value - *point.mean);
  }
  if (point.seeds > 1) point.spread = std::sqrt(squares / (point.seeds - 1));
  std::stable_sort(seeds.begin(), seeds.end(), [](const auto* a, const auto* b) {
    if (number(a->value).has_value() != number(b->value).has_value()) return number(a->value).has_value();
    return number(a->select) > number(b->select);  // nothing is the least
  });
  for (const RankedTrial* seed : seeds) point.trials.push_back(seed->id);
  return point;
}

using DatasetSet = std::set<std::string>;
DatasetSet set_of(const RankedPoint& point) { return {point.train_datasets.begin(), point.train_datasets.end()}; }

/// The best point of each set of datasets, in the order that the sets first appear by id.
std::vector<RankedPoint> chosen_of(const std::vector<RankedTrial>& trials) {
  std::vector<RankedPoint> best;  // of each set
  std::vector<int> first;         // the lowest id of its set
  for (const RankedPoint& point : ranked_points(trials)) {
    const auto found = std::find_if(best.begin(), best.end(),
                                    [&](const RankedPoint& other) { return set_of(other) == set_of(point); });
    if (found == best.end()) {
      best.push_back(point);
      first.push_back(lowest_id(point));
    } else {
      int& lowest = first[static_cast<std::size_t>(found - best.begin())];
      lowest = std::min(lowest, lowest_id(point));
    }
  }
  std::vector<std::pair<int, std::size_t>> order;
  for (std::size_t i = 0; i < best.size(); ++i) order.emplace_back(first[i], i);
  std::sort(order.begin(), order.end());
  std::vector<RankedPoint> chosen;
  for (const auto& [id, i] : order) {
    if (best[i].mean) chosen.push_back(best[i]);
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

std::vector<RankedPoint> ranked_points(const std::vector<RankedTrial>& trials) {
  std::map<std::pair<int, int>, std::vector<const RankedTrial*>> seeds;  // by point, or by id where it has none
  for (const RankedTrial& trial : trials) seeds[{trial.point, trial.point < 0 ? trial.id : 0}].push_back(&trial);
  std::vector<RankedPoint> points;
  points.reserve(seeds.size());
  for (auto& [point, members] : seeds) points.push_back(point_of(std::move(members)));
  std::sort(points.begin(), points.end(), better);
  return points;
}

std::vector<int> ranking(const std::vector<RankedTrial>& trials) {
  std::vector<int> ids;
  ids.reserve(trials.size());
  for (const RankedPoint& point : ranked_points(trials))
    ids.insert(ids.end(), point.trials.begin(), point.trials.end());
  return ids;
}

std::vector<int> chosen_trials(const std::vector<RankedTrial>& trials) {
  std::vector<int> ids;
  for (const RankedPoint& point : chosen_of(trials)) ids.push_back(point.trials.front());
  return ids;
}

std::optional<int> sweep_choice(const std::vector<RankedTrial>& trials) {
  const std::vector<RankedPoint> chosen = chosen_of(trials);
  const auto choice = std::min_element(chosen.begin(), chosen.end(), [](const RankedPoint& a, const RankedPoint& b) {
    const std::size_t of_a = set_of(a).size(), of_b = set_of(b).size();
    return of_a != of_b ? of_a > of_b : better(a, b);
  });
  return choice == chosen.end() ? std::nullopt : std::optional(choice->trials.front());
}

}  // namespace unmask
