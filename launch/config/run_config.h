// What `unmask train` and `unmask sweep` are told: the config file, every default written out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "launch/config/config_keys.h"
#include "model/train/train_options.h"
#include "sweep/plan/sweep_options.h"

namespace unmask {

/// What a restart may cost. Free to change on resume.
struct RestartOptions {
  double lock_lease_s = 30;  // a lock of another host whose counter stood still for so long is taken over
  int max_attempts = 3;      // failures by memory, I/O or a rank's death without a newer checkpoint
};

inline constexpr char kNumerics[] = "numerics";  // in RunConfig::content

struct RunConfig {
  TrialOptions trial;
  std::string name, notes;
  std::vector<std::string> tags;
  RestartOptions restart;
  std::optional<SweepOptions> sweep;
  /// Digests of what the paths lead to (stores, weights), recorded when the run is made: "stores.base.train" → hex;
  /// and under kNumerics the class of the machine that made it (numerics_class).
  std::map<std::string, std::string> content;
};

/// kEither: a sweep where the config has [sweep], else one trial.
enum class ConfigFor { kTrain, kSweep, kEither };

/// Reads a config. THROWS Error(kUsage) listing every fault with its place and, for unknown keys, the nearest known.
RunConfig read_run_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                          ConfigFor what);

/// The whole config as TOML, in the order of the table. Reading it gives the same config.
std::string resolved_toml(const RunConfig& config);

/// The experiment: one "key = value" per line, without what may change on resume, and with content digests for paths.
/// What a sweep may grow by (trials, repeats, choices of a grid) is left out:
/// plan_sweep refuses what would take trials away.
std::string identity_text(const RunConfig& config);
/// Lines "train.epochs: the run has 12, the config has 15"; empty if both are the same experiment.
std::vector<std::string> identity_difference(const RunConfig& run, const RunConfig& config);

/// Every fault of the values, each naming its key; without the sweep's where there is none.
std::vector<std::string> validate(const RunConfig& config);
/// `both` is an alias of base and augment, never a third dataset.
void expand_both(std::vector<std::string>& datasets);

/// The one table of keys, bound to `config`. Adding an option is one line there (and its range in the struct's
/// validate()).
std::vector<ConfigKey> run_config_keys(RunConfig& config);

}  // namespace unmask
