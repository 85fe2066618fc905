#include "report/cautions.h"

#include <set>

namespace unmask {
namespace {

constexpr std::int64_t kFewClusters = 30;

std::string plural(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void add_calibration(const Calibration& calibration, std::vector<std::string>& list) {
  if (calibration.fitted_on == kFittedOnVal)
    list.emplace_back(
        "there is no split calibration: probabilities and thresholds were fitted on val, which chose the epoch too");
  for (const CalibratedDataset& dataset : calibration.datasets) {
    if (dataset.clusters >= kFewClusters) continue;
    list.push_back(dataset.dataset + " has few videos: " + plural(dataset.videos, "video") + " in " +
                   plural(dataset.clusters, "cluster") + " that share nobody: its interval is wide, or there is none");
  }
}

}  // namespace

std::vector<std::string> cautions(const ReportedRun& run) {
  const std::set<std::string> numerics = numerics_of(run);
  std::int64_t failed = 0, random = 0, leaky = 0;
  for (const auto& [record, brief] : run.trials) {
    failed += record.state == TrialState::kFailed ? 1 : 0;
    random += brief.init == "random" ? 1 : 0;
    leaky += brief.allows_leaks ? 1 : 0;
  }
  std::vector<std::string> list;
  if (random > 0)
    list.push_back(plural(random, "trial") + " of " + std::to_string(run.trials.size()) +
                   " started from random weights: such a detector says little about other videos");
  if (leaky > 0) list.emplace_back(kLeaksText);
  if (failed > 0) list.push_back(plural(failed, "trial") + " failed; they rank last");
  if (numerics.size() > 1)
    list.push_back("trials ran on " + std::to_string(numerics.size()) +
                   " numerics classes: another run may give other last digits");
  list.emplace_back(
      "scores on val chose the epoch and the trial (val, also selected on): scores on data.test are fair");
  const bool is_over = run.incomplete.empty() && run.reload_s <= 0;
  if (run.calibration) {
    add_calibration(*run.calibration, list);
  } else if (is_over && sweep_choice(ranked(run.trials))) {
    list.emplace_back("the chosen model is uncalibrated: its scores are no probabilities");
  }
  if (!run.damaged.empty()) list.push_back(run.damaged);
  if (!run.incomplete.empty()) list.push_back(run.incomplete + ": these numbers will change");
  return list;
}

}  // namespace unmask
