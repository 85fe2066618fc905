// The detector that a run goes on from: model.init, where that is one of ours.
//
//   if (const auto detector = init_detector(config.trial.model.init)) std::cout << detector->datasets.size();
//   resolve_replay(config);  // data.replay_from is what that detector was trained on
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launch/config/run_config.h"

namespace unmask {

struct InitDetector {
  std::vector<std::string> datasets;  // that it was trained on, old ones that it drew too; {}: its file doesn't say
  std::string leaks;                  // what tables say of it where data.allow_leaks was set; else ""
};

/// Nothing where `file` isn't a detector of ours: other weights, the word "random". THROWS Error(kData): it is damaged.
std::optional<InitDetector> init_detector(const std::filesystem::path& file);

/// Fills in data.replay_from, unless it is there or no trial draws old crops, from the detector of model.init.
/// REQUIRES: resolve_init. THROWS Error: kUsage where model.init is no detector, or was trained on a dataset of
/// data.train; kData naming the store of an old dataset that isn't there, and what to do.
void resolve_replay(RunConfig& config);

}  // namespace unmask
