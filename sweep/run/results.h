// RUN/results.csv and results.jsonl: one row per trial, in full precision. Pure.
// Nothing in them depends on ranks, times or attempts.
//
//   results_csv(trials, {"optimizer.max_lr"}, {"base", "augment"});  // the text of RUN/results.csv
//   const std::vector<int> chosen = chosen_trials(ranked(trials));   // objective.h
//   print(trials_text(trials, space) + "\n\n" + choice_text(trials, "video_auc"));
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sweep/plan/objective.h"
#include "sweep/plan/trial_brief.h"
#include "sweep/run/ledger.h"

namespace unmask {

/// A trial with its config; a trial whose config could not be made has an empty brief.
struct SweepTrial {
  TrialRecord record;
  TrialBrief brief;
};

/// More columns behind those of results.csv, each as CSV: ",wild.test.loss" and by trial ",0.25".
struct MoreColumns {
  std::string header;
  std::map<int, std::string> cells;  // of every trial, as many as the header
};

/// trial,state,reason, one column per key of the space, seed,init,epochs,best_epoch,objective, with repeats
/// mean,spread,n, then the best epoch's columns of metrics.csv (none where the trial has no result).
/// Where leaks are allowed, a column "leaks" before seed. `objective` is the trial's own; mean, spread and n are its
/// point's (RankedPoint). A mean of one seed is not shown. Last, `more`.
std::string results_csv(const std::vector<SweepTrial>& trials, const std::vector<std::string>& space_keys,
                        const std::vector<std::string>& val_datasets, const MoreColumns& more = {});
/// One JSON object a line: the same, and every epoch, every rung, the scores on `test`.
std::string results_jsonl(const std::vector<SweepTrial>& trials);
/// The line of a chosen trial; with repeats also why it stands for its point, and the point's other seeds.
std::string choice_json(const std::vector<SweepTrial>& trials, int id);

/// The trials as the objective ranks them.
std::vector<RankedTrial> ranked(const std::vector<SweepTrial>& trials);

/// For people: the trials, one row each.
std::string trials_text(const std::vector<SweepTrial>& trials, const std::vector<SpaceKey>& space);

/// For people: the chosen trial of each set of training datasets, its scores, and beside them the best value that any
/// trial of the set has on each dataset that it did not train on (what choosing on the target would have given).
std::string choice_text(const std::vector<SweepTrial>& trials, const std::string& metric);

}  // namespace unmask
