// RUN/config.toml: what a run was started with, and whether another config may go on with it.
//
//   const RunConfig recorded = read_recorded_config(folder);
//   resolve_arithmetic(config, &recorded);
//   config.content = content_digests(config);
//   require_same_experiment(folder, recorded, config);
#pragma once

#include <string>
#include <vector>

#include "launch/config/run_config.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// THROWS Error(kData) where it is missing or damaged.
RunConfig read_recorded_config(const RunFolder& folder);

/// THROWS Error(kUsage), with the difference key by key, unless `config` is of the experiment that the folder holds.
void require_same_experiment(const RunFolder& folder, const RunConfig& recorded, const RunConfig& config);

/// The same of a slice that lies beside the one that `config` is for, and of the numbers of their trials.
void require_same_sweep(const RunFolder& slice, const RunConfig& recorded, const RunConfig& config);

/// How two slices differ; empty where one was only grown by a dataset that the other doesn't know yet.
std::vector<std::string> slice_difference(const RunConfig& slice, const RunConfig& other);

}  // namespace unmask
