// What the [sweep] section of a config says, as plain values.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/words.h"

namespace unmask {

/// The values that one config key takes in a sweep. Values are TOML texts, as they would stand in a config.
struct SpaceKey {
  enum class Kind { kChoice, kUniform, kLogUniform, kInteger };
  std::string key;  // "optimizer.max_lr"
  Kind kind = Kind::kChoice;
  std::vector<std::string> choices;  // kChoice: "\"linear\"", "256", "[\"base\"]"
  double low = 0, high = 0;          // the others; kInteger: both included
  /// Varied only where another key of the space, one with choices, has one of these values; elsewhere the config's own
  /// value stands. A key that is itself not varied at a point has no value there. The order of the keys doesn't matter.
  std::string when_key;  // "" = always
  std::vector<std::string> when_values;
  bool operator==(const SpaceKey&) const = default;
};

/// As [sweep.space] has them; "grid" is read as "choice".
constexpr auto words_of(SpaceKey::Kind) {
  using enum SpaceKey::Kind;
  return std::to_array<Word<SpaceKey::Kind>>({{"choice", kChoice},
                                              {"grid", kChoice},
                                              {"uniform", kUniform},
                                              {"log_uniform", kLogUniform},
                                              {"integer", kInteger}});
}

/// Which ranks a trial gets: all, a group of group_size, or what is free.
enum class SweepMode { kSequential, kConcurrent, kElastic };
constexpr auto words_of(SweepMode) {
  using enum SweepMode;
  return std::to_array<Word<SweepMode>>(
      {{"sequential", kSequential}, {"concurrent", kConcurrent}, {"elastic", kElastic}});
}

enum class Sampler { kAuto, kGrid, kRandom, kTpe };  // kAuto: random if `trials` is given, else grid
constexpr auto words_of(Sampler) {
  using enum Sampler;
  return std::to_array<Word<Sampler>>({{"auto", kAuto}, {"grid", kGrid}, {"random", kRandom}, {"tpe", kTpe}});
}

enum class StoppingRule { kNone, kMedian, kHalving };
constexpr auto words_of(StoppingRule) {
  using enum StoppingRule;
  return std::to_array<Word<StoppingRule>>({{"none", kNone}, {"median", kMedian}, {"halving", kHalving}});
}

/// How many trials and in which groups; `unmask train` is a sweep of one trial.
/// As SweepOptions::keep_best: those of all trials.
inline constexpr int kKeepAll = std::numeric_limits<int>::max();

struct SweepOptions {
  SweepMode mode = SweepMode::kElastic;
  int group_size = 1;  // ranks per group in mode concurrent
  Sampler sampler = Sampler::kAuto;
  int trials = 0;                  // points drawn by random and tpe; a grid takes all
  int repeats = 1;                 // seeds per point: seed, seed + 1, …
  int cohort = 16;                 // trials that a stopping rule or a round of tpe looks at together, by id
  std::string objective = "mean";  // over the datasets trained on; or "worst"; or "val.<dataset>.<metric>"
  bool select_on_targets = false;  // allows an objective on a dataset that a trial did not train on
  StoppingRule stop = StoppingRule::kNone;
  int rungs = 2;                     // looks of a stopping rule, evenly in each trial's own schedule
  double keep = 0.5;                 // share that halving lets pass a rung
  int keep_best = kKeepAll;          // trials of each set of training datasets whose weights stay on disk
  std::vector<SpaceKey> space = {};  // in the order of the config
};

/// More trials than these are taken for a mistake (a grid's size is a product).
constexpr int kMostTrials = 100000;

/// Every fault, naming the key as the config file has it.
std::vector<std::string> validate(const SweepOptions& options);

}  // namespace unmask
