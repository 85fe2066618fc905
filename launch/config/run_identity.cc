#include "launch/config/run_identity.h"

#include <map>
#include <set>

#include "launch/config/space_config.h"
#include "sweep/plan/sweep_plan.h"

namespace unmask {
namespace {

/// Of the additions, by key.
const std::map<std::string, std::string>& defaults() {
  static const std::map<std::string, std::string> values = [] {
    RunConfig config;
    std::map<std::string, std::string> found;
    for (const ConfigKey& key : run_config_keys(config)) {
      if (key.role == KeyRole::kAddition) found[key.name] = value_toml(key);
    }
    return found;
  }();
  return values;
}

/// `grid_choices`: what may grow is shown, for people.
std::map<std::string, std::string> identity_of(const RunConfig& config, bool grid_choices = false) {
  RunConfig copy = config;
  std::map<std::string, std::string> identity;
  for (const ConfigKey& key : run_config_keys(copy)) {
    if (key.role == KeyRole::kIdentity) identity[key.name] = value_toml(key);
    if (key.role == KeyRole::kAddition && value_toml(key) != defaults().at(key.name)) {
      identity[key.name] = value_toml(key);
    }
  }
  if (config.sweep) {
    const Sampler sampler = resolved_sampler(*config.sweep);
    identity["sweep.sampler"] = quoted_toml(to_word(sampler));
    for (SpaceKey key : config.sweep->space) {
      if (sampler == Sampler::kGrid && !grid_choices) key.choices.clear();  // may grow
      identity[std::string(kSpaceSection) + "." + key.key] = space_toml(key);
    }
  }
  for (const auto& [name, digest] : config.content) identity[std::string(kContentSection) + "." + name] = digest;
  // A weights file is known by its content; the word "random" is itself.
  if (config.trial.model.init == "random") identity["model.init"] = "\"random\"";
  return identity;
}

}  // namespace

std::string identity_text(const RunConfig& config) {
  std::string text;
  for (const auto& [key, value] : identity_of(config)) text += key + " = " + value + "\n";
  return text;
}

std::vector<std::string> identity_difference(const RunConfig& run, const RunConfig& config) {
  const auto before = identity_of(run), now = identity_of(config);
  const auto shown_before = identity_of(run, true), shown_now = identity_of(config, true);
  std::set<std::string> keys;
  for (const auto& item : before) keys.insert(item.first);
  for (const auto& item : now) keys.insert(item.first);
  const auto value = [](const std::map<std::string, std::string>& all, const std::string& key) {
    const auto found = all.find(key);
    if (found != all.end()) return found->second;
    const auto unsaid = defaults().find(key);
    return unsaid == defaults().end() ? std::string("nothing") : unsaid->second;
  };
  std::vector<std::string> lines;
  for (const std::string& key : keys) {
    if (value(before, key) == value(now, key)) continue;
    // A sweep may grow by a dataset, or find one that was missing.
    if (run.sweep && key.starts_with(std::string(kContentSection) + "." + std::string(kStores)) &&
        !before.contains(key))
      continue;
    const bool is_numerics = key == std::string(kContentSection) + "." + kNumerics;
    if (is_numerics && config.trial.runtime.numerics == Numerics::kAny) continue;
    lines.push_back(key + ": the run has " + value(shown_before, key) + ", the config has " + value(shown_now, key) +
                    (is_numerics ? "; runtime.numerics = \"any\" lets them differ" : ""));
  }
  return lines;
}

}  // namespace unmask
