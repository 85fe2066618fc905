// Between a config and the points of its space: reading [sweep.space], and what a single trial is told.
#pragma once

#include <string>
#include <vector>

#include "launch/config/config_document.h"
#include "launch/config/run_config.h"
#include "sweep/plan/sweep_plan.h"
#include "sweep/plan/trial_brief.h"

namespace unmask {

/// Reads the entries below `table` ("sweep.space") into config.sweep->space and returns the faults,
/// each with its place:
///   "optimizer.max_lr" = { log_uniform = [1e-5, 1e-3] }    or uniform, integer (both ends included)
///   "optimizer.pct_start" = { uniform = [0.3, 0.5], when = { "optimizer.schedule" = "one_cycle" } }
///   "model.head" = { choice = ["linear", "hidden"] }       or grid, the same
/// `when` takes a value or a list of values. Where it names a key that isn't varied, the config's own value decides
/// now: the key is varied always, or not at all. A single text stands for a list of one where the key takes a list.
/// REQUIRES: the rest of the config is read.
std::vector<std::string> read_space(const ConfigDocument& document, const std::string& table, RunConfig& config);

/// "{ log_uniform = [1e-05, 0.001] }"; reading it gives the same key.
std::string space_toml(const SpaceKey& key);

/// What each trial may train on: the values of data.train in the space, else the config's own.
std::vector<std::vector<std::string>> train_sets(const RunConfig& config);

/// What `unmask train` would take for this trial: the sweep's config with the point's values and the repeat's seed,
/// without [sweep], and with the digests of the stores that it uses. REQUIRES: trial.drawn.
/// THROWS Error(kUsage) naming trial and key where a value doesn't fit.
RunConfig trial_config(const RunConfig& sweep, const PlannedTrial& trial);

/// trial_config() as the coordinator and the results see it, without data.test: datasets marked `test` are scored for
/// the chosen trials only. steps_per_epoch is not filled in: the stores tell. THROWS as trial_config().
TrialBrief trial_brief(const RunConfig& sweep, const PlannedTrial& trial);

}  // namespace unmask
