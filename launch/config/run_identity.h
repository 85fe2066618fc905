// Which experiment a config is: what decides results, without what may change on resume.
//
//   const std::vector<std::string> difference = identity_difference(recorded, config);
//   // {"train.epochs: the run has 12, the config has 15"}; empty: `config` may go on with the recorded run
#pragma once

#include <string>
#include <vector>

#include "launch/config/run_config.h"

namespace unmask {

/// One "key = value" per line, with content digests for paths. What a sweep may grow by (trials, repeats, choices of a
/// grid) is left out: plan_sweep refuses what would take trials away.
std::string identity_text(const RunConfig& config);
/// Lines "train.epochs: the run has 12, the config has 15"; empty if both are the same experiment.
std::vector<std::string> identity_difference(const RunConfig& run, const RunConfig& config);

}  // namespace unmask
