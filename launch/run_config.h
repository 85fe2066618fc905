// What `unmask train` and `unmask sweep` are told: the config file, every default written out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "launch/config_keys.h"
#include "model/train/train_options.h"

namespace unmask {

/// How many trials and in which groups; `unmask train` is a sweep of one trial and has no [sweep] section.
struct SweepOptions {
  std::string mode = "elastic";    // "sequential", "concurrent", "elastic"
  int group_size = 1;              // ranks a group in mode "concurrent"
  int trials = 0;                  // for a random space; 0: a grid takes all
  int repeats = 1;                 // seeds a point
  std::string objective = "mean";  // over the datasets trained on; or "worst"; or "val.<dataset>.<metric>"
  std::string stop = "none";       // "none", "median", "halving"
  int keep_best = 1;               // trials whose weights stay on disk
  struct SpaceKey {
    std::string key, toml;  // "optimizer.max_lr", "{ log_uniform = [1e-5, 1e-3] }"
    bool operator==(const SpaceKey&) const = default;
  };
  std::vector<SpaceKey> space;
};

/// What a restart may cost. Free to change on resume.
struct RestartOptions {
  double lock_lease_s = 30;  // a lock of another host whose counter stood still for so long is taken over
  int max_attempts = 3;      // failures by memory, I/O or a rank's death without a newer checkpoint
};

struct RunConfig {
  TrialOptions trial;
  std::string name, notes;
  std::vector<std::string> tags;
  RestartOptions restart;
  std::optional<SweepOptions> sweep;
  /// Digests of what the paths lead to (stores, weights), recorded when the run is made: "stores.base.train" → hex.
  std::map<std::string, std::string> content;
};

enum class ConfigFor { kTrain, kSweep };

/// Reads a config. THROWS Error(kUsage) listing every fault with its place and, for unknown keys, the nearest known.
RunConfig read_run_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                          ConfigFor what);

/// The whole config as TOML, in the order of the table. Reading it gives the same config.
std::string resolved_toml(const RunConfig& config);

/// The experiment: one "key = value" a line, without what may change on resume, and with content digests for paths.
std::string identity_text(const RunConfig& config);
/// Lines "train.epochs: the run has 12, the config has 15"; empty if both are the same experiment.
std::vector<std::string> identity_difference(const RunConfig& run, const RunConfig& config);

/// The one table of keys, bound to `config`. Adding an option is one line there (and its range in the struct's validate()).
std::vector<ConfigKey> run_config_keys(RunConfig& config);

}  // namespace unmask
