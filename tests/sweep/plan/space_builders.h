// Spaces and sweeps for tests, made by a word or two.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sweep/plan/sweep_options.h"

namespace unmask {

inline SpaceKey choice(const std::string& key, const std::vector<std::string>& values) {
  return {key, SpaceKey::Kind::kChoice, values, 0, 0, "", {}};
}
inline SpaceKey range(const std::string& key, SpaceKey::Kind kind, double low, double high) {
  return {key, kind, {}, low, high, "", {}};
}
inline SpaceKey when(SpaceKey key, const std::string& other, const std::vector<std::string>& values) {
  key.when_key = other;
  key.when_values = values;
  return key;
}

inline std::vector<SpaceKey> mixed_space() {
  return {
      when(range("optimizer.pct_start", SpaceKey::Kind::kUniform, 0.3, 0.5), "optimizer.schedule", {"\"one_cycle\""}),
      range("optimizer.max_lr", SpaceKey::Kind::kLogUniform, 1e-5, 1e-3),
      range("train.epochs", SpaceKey::Kind::kInteger, 3, 7),
      choice("optimizer.schedule", {"\"one_cycle\"", "\"constant\""}),
      choice("model.head", {"\"linear\"", "\"hidden\""})};
}

inline SweepOptions random_options(int trials, int repeats = 1) {
  SweepOptions options;
  options.space = mixed_space();
  options.trials = trials;
  options.repeats = repeats;
  return options;
}

inline SweepOptions grid_options(int heads, int repeats = 1) {
  SweepOptions options;
  const std::vector<std::string> values = {"\"linear\"", "\"hidden\"", "\"deep\""};
  options.space = {choice("model.head", {values.begin(), values.begin() + heads}), choice("train.epochs", {"1", "2"})};
  options.repeats = repeats;
  return options;
}

inline bool has(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace unmask
