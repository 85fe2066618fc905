// [sweep.space] of a config: what each key may be in a sweep's trials.
//
//   "optimizer.max_lr" = { log_uniform = [1e-5, 1e-3] }    or uniform, integer (both ends included)
//   "optimizer.pct_start" = { uniform = [0.3, 0.5], when = { "optimizer.schedule" = "one_cycle" } }
//   "model.head" = { choice = ["linear", "hidden"] }       or grid, the same
#pragma once

#include <string>
#include <vector>

#include "launch/config/config_document.h"
#include "launch/config/run_config.h"

namespace unmask {

/// Reads the entries below `table` ("sweep.space") into config.sweep->space. Returns the faults, each with its place.
/// `when` takes a value or a list of values. Where it names a key that isn't varied, the config's own value decides
/// now: the key is varied always, or not at all. A single text stands for a list of one where the key takes a list.
/// REQUIRES: the rest of the config is read.
std::vector<std::string> read_space(const ConfigDocument& document, const std::string& table, RunConfig& config);

/// "{ log_uniform = [1e-05, 0.001] }"; reading it gives the same key.
std::string space_toml(const SpaceKey& key);

}  // namespace unmask
