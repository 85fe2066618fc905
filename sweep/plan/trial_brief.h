// What the coordinator must know of a trial's config, as plain values: it reads no TOML itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace unmask {

struct TrialBrief {
  std::string config;         // resolved TOML, what the ranks of its group are given
  std::string config_digest;  // of the trial's identity
  std::uint64_t seed = 0;
  std::string init;                     // as results.csv shows it: "random" or "weights:<digest>"
  std::vector<std::string> train, val;  // datasets
  std::string select;                   // metric of the best epoch
  bool allows_leaks = false;            // data.allow_leaks: every table tells
  int epochs = 1;
  std::int64_t steps_per_epoch = 1;
  int microbatches = 1;            // of a full step
  std::int64_t images = 1;         // of a full step
  std::int64_t scored_images = 0;  // after every epoch
  double peak_fraction = 0;        // of the schedule, where the rate is highest; 0 = constant

  std::int64_t steps() const { return steps_per_epoch * epochs; }
};

/// What tables say of trials that allow leaks.
inline constexpr char kLeaksText[] =
    "data.allow_leaks = true: splits may share videos or identities, so that scores may be too good";

/// "augment,base": trials are compared only where this is equal.
std::string train_set(const std::vector<std::string>& datasets);

}  // namespace unmask
