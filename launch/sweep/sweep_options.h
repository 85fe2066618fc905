// What the [sweep] section of a config says, as plain values.
#pragma once

#include <string>
#include <vector>

namespace unmask {

/// The values that one config key takes in a sweep. Values are TOML texts, as they would stand in a config.
struct SpaceKey {
  enum class Kind { kChoice, kUniform, kLogUniform, kInteger };
  std::string key;  // "optimizer.max_lr"
  Kind kind = Kind::kChoice;
  std::vector<std::string> choices;  // kChoice: "\"linear\"", "256", "[\"base\"]"
  double low = 0, high = 0;          // the others; kInteger: both included
  /// Varied only where another key of the space, one with choices, has one of these values; elsewhere the config's own value
  /// stands. A key that is itself not varied at a point has no value there. The order of the keys doesn't matter.
  std::string when_key;  // "" = always
  std::vector<std::string> when_values;
  bool operator==(const SpaceKey&) const = default;
};

/// How many trials and in which groups; `unmask train` is a sweep of one trial.
struct SweepOptions {
  std::string mode = "elastic";    // "sequential", "concurrent", "elastic"
  int group_size = 1;              // ranks a group in mode "concurrent"
  std::string sampler = "auto";    // "grid", "random", "tpe"; auto: random if `trials` is given, else grid
  int trials = 0;                  // points drawn by random and tpe; a grid takes all
  int repeats = 1;                 // seeds a point: seed, seed + 1, …
  int cohort = 16;                 // trials that a stopping rule or a round of tpe looks at together, by id
  std::string objective = "mean";  // over the datasets trained on; or "worst"; or "val.<dataset>.<metric>"
  bool select_on_targets = false;  // allows an objective on a dataset that a trial did not train on
  std::string stop = "none";       // "none", "median", "halving"
  int rungs = 2;                   // looks of a stopping rule, evenly in each trial's own schedule
  double keep = 0.5;               // share that "halving" lets pass a rung
  int keep_best = 1;               // trials whose weights stay on disk
  std::vector<SpaceKey> space;     // in the order of the config
};

/// More trials than these are a slip of the pen (a grid's size is a product).
constexpr int kMostTrials = 100000;

/// Every fault, naming the key as the config file has it.
std::vector<std::string> validate(const SweepOptions& options);

}  // namespace unmask
