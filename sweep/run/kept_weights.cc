#include "sweep/run/kept_weights.h"

#include <algorithm>
#include <map>
#include <string>

#include "sweep/plan/trial_lifecycle.h"

namespace unmask {
namespace {

bool may_change(const TrialRecord& record) {
  return !is_over(record.state) || (record.state == TrialState::kFailed && record.retriable);
}

}  // namespace

std::vector<int> unneeded_weights(const std::vector<SweepTrial>& trials, int keep_best) {
  std::map<int, const TrialRecord*> records;
  for (const SweepTrial& trial : trials) records[trial.record.id] = &trial.record;
  std::map<std::string, std::vector<RankedTrial>> sets;
  for (const RankedTrial& one : ranked(trials)) sets[train_set(one.train_datasets)].push_back(one);
  std::vector<int> unneeded;
  for (const auto& [set, members] : sets) {
    int kept_of_set = 0;
    for (const RankedPoint& point : ranked_points(members)) {
      int kept_of_point = 0;
      const bool is_whole = std::ranges::none_of(point.trials, [&](int id) { return may_change(*records.at(id)); });
      int& kept = is_whole ? kept_of_set : kept_of_point;
      for (const int id : point.trials) {
        const TrialState state = records.at(id)->state;
        if (!is_over(state) || (state != TrialState::kFailed && kept++ < keep_best)) continue;
        unneeded.push_back(id);
      }
    }
  }
  return unneeded;
}

}  // namespace unmask
