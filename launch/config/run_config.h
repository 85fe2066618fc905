// What `unmask train` and `unmask sweep` are told, as a value with every default, and the one table of its keys.
//
//   RunConfig config = read_run_config(text, "demo.toml", {"train.epochs=2"}, ConfigFor::kTrain);  // run_config_file.h
//   config.trial.train.epochs;  // 2
//   for (const ConfigKey& key : run_config_keys(config)) std::cout << key.name << " = " << value_toml(key) << "\n";
//   validate(config);           // {}: nothing is wrong
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
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

inline constexpr char kSpaceSection[] = "sweep.space";
inline constexpr char kContentSection[] = "content";
// Keys of RunConfig::content.
inline constexpr char kNumerics[] = "numerics";
inline constexpr std::string_view kStores = "stores.";  // a store's: stores.<dataset>.<split>

struct RunConfig {
  TrialOptions trial;
  std::string name, notes;
  std::vector<std::string> tags;
  RestartOptions restart;
  double report_every_s = 300;  // report.html is written so often while the run goes on; 0: only as it ends
  std::optional<SweepOptions> sweep;
  /// Digests of what the paths lead to (stores, weights), recorded when the run is made: "stores.base.train" → hex;
  /// and under kNumerics the class of the machine that made it (numerics_class).
  std::map<std::string, std::string> content;
};

/// The one table of keys, bound to `config`. Adding an option is one line there (and its range in the struct's
/// validate()).
std::vector<ConfigKey> run_config_keys(RunConfig& config);

/// Sets the key of that name; says what was wanted, and got, where the value doesn't fit. A single text stands for a
/// list of one where the key takes a list. `written`: the value as the config would have it.
std::optional<std::string> set_value(RunConfig& config, const std::string& name, ConfigEntry value,
                                     std::string* written = nullptr);

/// Every fault of the values, each naming its key; without the sweep's where there is none.
std::vector<std::string> validate(const RunConfig& config);

/// `both` is an alias of base and augment, never a third dataset.
void expand_both(std::vector<std::string>& datasets);

/// The sweep of a config; `unmask train` is one of one trial, on all ranks that help.
SweepOptions sweep_options(const RunConfig& config);

/// Some trial draws old crops.
bool replays(const RunConfig& config);

/// What each trial may train on: the values of data.train in the space, else the config's own.
std::vector<std::vector<std::string>> train_sets(const RunConfig& config);

}  // namespace unmask
