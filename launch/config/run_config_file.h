// A run's config as a text: read from a file that a person wrote, and written with every default.
//
//   const std::string file = "configs/demo.toml";
//   const RunConfig config = read_run_config(read_config_file(file), file, {"train.epochs=2"}, ConfigFor::kSweep);
//   const std::string text = resolved_toml(config);         // what RUN/config.toml has, and what other ranks are sent
//   const RunConfig same = read_resolved_config(text);
#pragma once

#include <string>
#include <vector>

#include "launch/config/run_config.h"

namespace unmask {

/// kEither: a sweep where the config has [sweep], else one trial.
enum class ConfigFor { kTrain, kSweep, kEither };

/// Reads a config. THROWS Error(kUsage) listing every fault with its place and, for unknown keys, the nearest known.
RunConfig read_run_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                          ConfigFor what);

/// The whole config as TOML, in the order of the table. Reading it gives the same config.
std::string resolved_toml(const RunConfig& config);
/// What resolved_toml() wrote, a sweep or one trial. THROWS as read_run_config.
RunConfig read_resolved_config(const std::string& text);

}  // namespace unmask
