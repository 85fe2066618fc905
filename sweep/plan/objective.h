// The number that trials are ranked by. Pure. Larger is better (a loss enters negated).
//
//   const Objective objective = parse_objective("val.base.video_auc", options.train.select).value();
//   const std::optional<double> value = objective_at(objective, history, last_epoch, {"base"}, options.train.select);
//   const std::vector<int> chosen = chosen_trials({{.id = 0, .train_datasets = {"base"}, .value = value}});
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/train/history.h"
#include "model/train/train_options.h"
#include "sweep/plan/sweep_options.h"

namespace unmask {

/// What `sweep.objective` says, taken apart. For "mean" and "worst" the metric is `train.select`.
struct Objective {
  enum class Over { kMean, kWorst, kDataset } over = Over::kMean;
  std::string dataset;  // kDataset
  std::string metric;   // name of a score (dataset_scores.h)
};

/// Reads "mean", "worst", "val.base.video_auc". Nothing if it is none of them.
std::optional<Objective> parse_objective(const std::string& text, const std::string& select);

/// Why the objective may not be used, one fault per line: a dataset that isn't in data.val; one that some trial (of
/// `train_sets`) does not train on, if it is in data.test or without select_on_targets. Nothing where the objective
/// can't be read: validate(SweepOptions) says that.
std::vector<std::string> objective_faults(const SweepOptions& options, const TrialOptions& base,
                                          const std::vector<std::vector<std::string>>& train_sets);

/// The value of one epoch of a trial that trained on `train_datasets`; nothing where the metric is undefined.
std::optional<double> objective_value(const Objective& objective, const EpochRow& row,
                                      const std::vector<std::string>& train_datasets);
/// The value of the best epoch (TrainOptions::select) among rows whose epoch is at most `last_epoch`.
std::optional<double> objective_at(const Objective& objective, const std::vector<EpochRow>& rows, int last_epoch,
                                   const std::vector<std::string>& train_datasets, const std::string& select);

/// A finished trial among those that it may be compared with.
struct RankedTrial {
  int id = 0;
  std::vector<std::string> train_datasets;
  std::optional<double> value;  // nothing: failed, or no value; ranks last
  int point = -1;               // trials of one point differ by their seeds alone; -1: no other trial has its point
  std::optional<double> select = {};  // selected_value() of its best epoch: which seed stands for its point
};

/// A point with its seeds. One seed is luck: points are ranked by the mean over theirs.
struct RankedPoint {
  std::vector<int> trials;  // the best `select` first, ties by id; those without a value last
  std::vector<std::string> train_datasets;
  int seeds = 0;                 // with a value
  std::optional<double> mean;    // over these
  std::optional<double> spread;  // their standard deviation (n - 1); nothing below 2
  bool whole = false;            // all of its seeds have a value
};
/// From best to worst: whole points, then those that lack a seed (waiting, or failed), then those without any value; by
/// mean, ties by the lowest id.
std::vector<RankedPoint> ranked_points(const std::vector<RankedTrial>& trials);

/// Ids from best to worst: as their points, then as RankedPoint::trials.
std::vector<int> ranking(const std::vector<RankedTrial>& trials);
/// The best point's first trial, for each set of training datasets (values are compared only within equal sets), in the
/// order that the sets first appear by id. Points without a value are never chosen.
std::vector<int> chosen_trials(const std::vector<RankedTrial>& trials);
/// The one of chosen_trials() whose model stands for the sweep: the one that trained on most datasets, then the best
/// point, then the lowest id. Nothing if none was chosen. `trials` may be all, or all of the chosen points.
std::optional<int> sweep_choice(const std::vector<RankedTrial>& trials);

}  // namespace unmask
