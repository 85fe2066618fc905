#include "launch/config/run_config.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>

#include "launch/config/space_config.h"
#include "sweep/plan/objective.h"
#include "sweep/plan/sweep_plan.h"

namespace unmask {
namespace {

constexpr char kSpace[] = "sweep.space";
constexpr char kContent[] = "content";

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::vector<std::string> validate(const RestartOptions& options) {
  std::vector<std::string> faults;
  if (!(options.lock_lease_s >= 1 && options.lock_lease_s <= 3600)) {
    faults.push_back("runtime.lock_lease_s must be in [1, 3600], got " + float_toml(options.lock_lease_s));
  }
  if (options.max_attempts < 1) {
    faults.push_back("runtime.max_attempts must be >= 1, got " + std::to_string(options.max_attempts));
  }
  return faults;
}

void read_content(const ConfigDocument& document, RunConfig& config) {
  for (const ConfigEntry& entry : document.entries) {
    const auto* text = std::get_if<std::string>(&entry.value);
    if (entry.key.starts_with(std::string(kContent) + ".") && text != nullptr) {
      config.content[entry.key.substr(sizeof kContent)] = *text;
    }
  }
}

bool has_section(const ConfigDocument& document, const std::string& section) {
  return std::ranges::any_of(document.entries, [&](const ConfigEntry& entry) {
    return entry.key == section || entry.key.starts_with(section + ".");
  });
}

std::map<std::string, std::string> identity_of(const RunConfig& config) {
  RunConfig copy = config;
  std::map<std::string, std::string> identity;
  for (const ConfigKey& key : run_config_keys(copy)) {
    if (key.role == KeyRole::kIdentity) identity[key.name] = value_toml(key);
  }
  if (config.sweep) {
    const Sampler sampler = resolved_sampler(*config.sweep);
    identity["sweep.sampler"] = quoted_toml(to_word(sampler));
    for (SpaceKey key : config.sweep->space) {
      if (sampler == Sampler::kGrid) key.choices.clear();  // may grow
      identity[std::string(kSpace) + "." + key.key] = space_toml(key);
    }
  }
  for (const auto& [name, digest] : config.content) identity[std::string(kContent) + "." + name] = digest;
  // A weights file is known by its content; the word "random" is itself.
  if (config.trial.model.init == "random") identity["model.init"] = "\"random\"";
  return identity;
}

}  // namespace

void expand_both(std::vector<std::string>& datasets) {
  std::vector<std::string> expanded;
  const auto add = [&](const std::string& name) {
    if (std::find(expanded.begin(), expanded.end(), name) == expanded.end()) expanded.push_back(name);
  };
  for (const std::string& name : datasets) {
    if (name == "both") {
      add("base");
      add("augment");
    } else {
      add(name);
    }
  }
  datasets = expanded;
}

std::vector<std::string> validate(const RunConfig& config) {
  const TrialOptions& trial = config.trial;
  std::vector<std::string> faults;
  append(faults, validate(trial.data));
  append(faults, validate(trial.model));
  append(faults, validate(trial.train));
  append(faults, validate(trial.optimizer));
  append(faults, validate(trial.augment));
  append(faults, validate(trial.runtime));
  append(faults, validate(config.restart));
  const auto scored = [&](const std::string& name) {
    return std::find(trial.data.val.begin(), trial.data.val.end(), name) != trial.data.val.end();
  };
  if (!trial.data.train.empty() && std::none_of(trial.data.train.begin(), trial.data.train.end(), scored)) {
    faults.push_back("data.val holds no dataset of data.train: there is nothing to choose the best epoch by");
  }
  if (!config.sweep) return faults;
  append(faults, validate(*config.sweep));
  append(faults, objective_faults(*config.sweep, trial, train_sets(config)));
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (config.sweep->repeats > 0 && trial.seed > most - static_cast<std::uint64_t>(config.sweep->repeats)) {
    faults.push_back("sweep.repeats must leave seed + repeats below 2^63, got seed " + std::to_string(trial.seed));
  }
  return faults;
}

std::vector<ConfigKey> run_config_keys(RunConfig& config) {
  TrialOptions& trial = config.trial;
  const KeyRole runtime = KeyRole::kRuntime, path = KeyRole::kPath;
  std::vector<ConfigKey> keys = {
      {"seed", &trial.seed},
      {"name", &config.name},
      {"tags", &config.tags},
      {"notes", &config.notes},
      {"data.stores", &trial.data.stores, path, true},
      {"data.cache_dir", &trial.data.cache_dir, path},
      {"data.train", &trial.data.train, KeyRole::kIdentity, true},
      {"data.val", &trial.data.val},
      {"data.test", &trial.data.test},
      {"data.sample_ratio", &trial.data.sample_ratio},
      {"data.balance", &trial.data.balance},
      {"data.permute_labels", &trial.data.permute_labels},
      {"model.init", &trial.model.init, path, true},
      {"model.head", &trial.model.head},
      {"model.dropout", &trial.model.dropout},
      {"train.epochs", &trial.train.epochs},
      {"train.global_batch_size", &trial.train.global_batch_size},
      {"train.microbatch_size", &trial.train.microbatch_size},
      {"train.precision", &trial.train.precision},
      {"train.bf16_arithmetic", &trial.train.bf16_arithmetic},
      {"train.threads_per_rank", &trial.train.threads_per_rank},
      {"train.reduction", &trial.train.reduction},
      {"train.score_train_crops", &trial.train.score_train_crops},
      {"train.select", &trial.train.select},
      {"train.reproducible", &trial.train.reproducible},
      {"optimizer.max_lr", &trial.optimizer.max_lr},
      {"optimizer.weight_decay", &trial.optimizer.weight_decay},
      {"optimizer.schedule", &trial.optimizer.schedule},
      {"optimizer.pct_start", &trial.optimizer.pct_start},
      {"optimizer.beta1", &trial.optimizer.beta1},
      {"optimizer.beta2", &trial.optimizer.beta2},
      {"optimizer.eps", &trial.optimizer.eps},
      {"augment.enabled", &trial.augment.enabled},
      {"augment.flip", &trial.augment.flip},
      {"augment.degrees", &trial.augment.degrees},
      {"augment.scale_min", &trial.augment.scale_min},
      {"augment.scale_max", &trial.augment.scale_max},
      {"augment.perspective", &trial.augment.perspective},
      {"augment.perspective_probability", &trial.augment.perspective_probability},
      {"augment.brightness", &trial.augment.brightness},
      {"augment.contrast", &trial.augment.contrast},
      {"augment.saturation", &trial.augment.saturation},
      {"augment.erase", &trial.augment.erase},
      {"augment.erase_area_min", &trial.augment.erase_area_min},
      {"augment.erase_area_max", &trial.augment.erase_area_max},
      {"augment.erase_ratio_min", &trial.augment.erase_ratio_min},
      {"augment.erase_ratio_max", &trial.augment.erase_ratio_max},
      {"runtime.device", &trial.runtime.device, runtime},
      {"runtime.numerics", &trial.runtime.numerics, runtime},
      {"runtime.checkpoint_every_s", &trial.runtime.checkpoint_every_s, runtime},
      {"runtime.timeout_s", &trial.runtime.timeout_s, runtime},
      {"runtime.overlap", &trial.runtime.overlap, runtime},
      {"runtime.loader_threads", &trial.runtime.loader_threads, runtime},
      {"runtime.lock_lease_s", &config.restart.lock_lease_s, runtime},
      {"runtime.max_attempts", &config.restart.max_attempts, runtime},
  };
  if (config.sweep) {
    SweepOptions& sweep = *config.sweep;
    const std::vector<ConfigKey> more = {
        {"sweep.mode", &sweep.mode, runtime},
        {"sweep.group_size", &sweep.group_size, runtime},
        {"sweep.sampler", &sweep.sampler},
        {"sweep.trials", &sweep.trials, runtime},    // may grow: plan_sweep refuses what would take trials away
        {"sweep.repeats", &sweep.repeats, runtime},  // as well
        {"sweep.cohort", &sweep.cohort},
        {"sweep.objective", &sweep.objective},
        {"sweep.select_on_targets", &sweep.select_on_targets},
        {"sweep.stop", &sweep.stop},
        {"sweep.rungs", &sweep.rungs},
        {"sweep.keep", &sweep.keep},
        {"sweep.keep_best", &sweep.keep_best, runtime},
    };
    keys.insert(keys.end(), more.begin(), more.end());
  }
  return keys;
}

RunConfig read_run_config(const std::string& text, const std::string& file, const std::vector<std::string>& overrides,
                          ConfigFor what) {
  const ConfigDocument document = parse_config(text, file, overrides, kSpace);
  RunConfig config;
  const bool has_sweep = has_section(document, "sweep");
  if (what == ConfigFor::kSweep || has_sweep) config.sweep.emplace();
  const std::vector<ConfigKey> keys = run_config_keys(config);
  std::vector<std::string> faults = read_keys(document, keys, {kSpace, kContent});
  if (what == ConfigFor::kTrain && has_sweep) {
    faults.push_back(file + ": [sweep]: `unmask train` trains one trial; use `unmask sweep`, or take the section out");
  }
  read_content(document, config);
  expand_both(config.trial.data.train);
  expand_both(config.trial.data.val);
  expand_both(config.trial.data.test);
  if (document.find("data.val") == nullptr) config.trial.data.val = config.trial.data.train;
  if (config.sweep) append(faults, read_space(document, kSpace, config));
  // A key that could not be read would be reported again, as its default: only the first report counts.
  for (const std::string& fault : place_faults(document, keys, validate(config))) {
    const std::string key = fault.substr(fault.find(": ") + 2);
    const std::string name = key.substr(0, key.find_first_of(" :"));
    const auto told = [&](const std::string& earlier) { return earlier.find(": " + name + ":") != std::string::npos; };
    if (!document.syntax_faults && std::none_of(faults.begin(), faults.end(), told)) faults.push_back(fault);
  }
  throw_faults(faults);
  return config;
}

std::string resolved_toml(const RunConfig& config) {
  RunConfig copy = config;
  std::string text = keys_toml(run_config_keys(copy));
  if (config.sweep && !config.sweep->space.empty()) {
    text += "\n[" + std::string(kSpace) + "]\n";
    for (const auto& space : config.sweep->space) text += quoted_toml(space.key) + " = " + space_toml(space) + "\n";
  }
  if (!config.content.empty()) {
    text += "\n# What the paths above led to when the run was made.\n[" + std::string(kContent) + "]\n";
    for (const auto& [name, digest] : config.content) text += quoted_toml(name) + " = " + quoted_toml(digest) + "\n";
  }
  return text;
}

std::string identity_text(const RunConfig& config) {
  std::string text;
  for (const auto& [key, value] : identity_of(config)) text += key + " = " + value + "\n";
  return text;
}

std::vector<std::string> identity_difference(const RunConfig& run, const RunConfig& config) {
  const auto before = identity_of(run), now = identity_of(config);
  std::set<std::string> keys;
  for (const auto& item : before) keys.insert(item.first);
  for (const auto& item : now) keys.insert(item.first);
  const auto value = [](const std::map<std::string, std::string>& all, const std::string& key) {
    const auto found = all.find(key);
    return found == all.end() ? std::string("nothing") : found->second;
  };
  std::vector<std::string> lines;
  for (const std::string& key : keys) {
    if (value(before, key) == value(now, key)) continue;
    // A sweep may grow by a dataset, or find one that was missing.
    if (run.sweep && key.starts_with(std::string(kContent) + ".stores.") && !before.contains(key)) continue;
    const bool is_numerics = key == std::string(kContent) + "." + kNumerics;
    if (is_numerics && config.trial.runtime.numerics == Numerics::kAny) continue;
    lines.push_back(key + ": the run has " + value(before, key) + ", the config has " + value(now, key) +
                    (is_numerics ? "; runtime.numerics = \"any\" lets them differ" : ""));
  }
  return lines;
}

}  // namespace unmask
