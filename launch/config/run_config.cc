#include "launch/config/run_config.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/option_faults.h"
#include "sweep/plan/objective.h"

namespace unmask {
namespace {

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::vector<std::string> validate(const RestartOptions& options) {
  OptionFaults faults;
  faults.need(options.lock_lease_s >= 1 && options.lock_lease_s <= 3600, "runtime.lock_lease_s", "in [1, 3600]",
              float_toml(options.lock_lease_s));
  faults.at_least("runtime.max_attempts", options.max_attempts, 1);
  return faults.take();
}

}  // namespace

std::vector<ConfigKey> run_config_keys(RunConfig& config) {
  TrialOptions& trial = config.trial;
  DegradationOptions& degradation = trial.augment.degradation;
  const KeyRole runtime = KeyRole::kRuntime, path = KeyRole::kPath, addition = KeyRole::kAddition;
  std::vector<ConfigKey> keys = {
      {"seed", &trial.seed},
      {"name", &config.name, runtime},
      {"tags", &config.tags, runtime},
      {"notes", &config.notes, runtime},
      {"data.stores", &trial.data.stores, path, true},
      {"data.cache_dir", &trial.data.cache_dir, path},
      {"data.train", &trial.data.train, KeyRole::kIdentity, true},
      {"data.val", &trial.data.val},
      {"data.test", &trial.data.test},
      {"data.sample_ratio", &trial.data.sample_ratio},
      {"data.sample_ratio_by", &trial.data.sample_ratio_by, addition},
      {"data.balance", &trial.data.balance},
      {"data.mix", &trial.data.mix, addition},
      {"data.replay", &trial.data.replay, addition},
      {"data.replay_from", &trial.data.replay_from, addition},
      {"data.shuffle", &trial.data.shuffle, addition},
      {"data.block_crops", &trial.data.block_crops, addition},
      {"data.window_blocks", &trial.data.window_blocks, addition},
      {"data.permute_labels", &trial.data.permute_labels},
      {"data.allow_leaks", &trial.data.allow_leaks, runtime},
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
      {"augment.blur", &degradation.blur, addition},
      {"augment.blur_sigma_min", &degradation.blur_sigma_min, addition},
      {"augment.blur_sigma_max", &degradation.blur_sigma_max, addition},
      {"augment.downscale", &degradation.downscale, addition},
      {"augment.downscale_min", &degradation.downscale_min, addition},
      {"augment.downscale_max", &degradation.downscale_max, addition},
      {"augment.noise", &degradation.noise, addition},
      {"augment.noise_sigma_min", &degradation.noise_sigma_min, addition},
      {"augment.noise_sigma_max", &degradation.noise_sigma_max, addition},
      {"augment.jpeg", &degradation.jpeg, addition},
      {"augment.jpeg_quality_min", &degradation.jpeg_quality_min, addition},
      {"augment.jpeg_quality_max", &degradation.jpeg_quality_max, addition},
      {"augment.self_blend", &trial.augment.self_blend, addition},
      {"runtime.device", &trial.runtime.device, runtime},
      {"runtime.numerics", &trial.runtime.numerics, runtime},
      {"runtime.checkpoint_every_s", &trial.runtime.checkpoint_every_s, runtime},
      {"runtime.timeout_s", &trial.runtime.timeout_s, runtime},
      {"runtime.overlap", &trial.runtime.overlap, runtime},
      {"runtime.loader_threads", &trial.runtime.loader_threads, runtime},
      {"runtime.ranks_per_gpu", &trial.runtime.ranks_per_gpu, runtime},
      {"runtime.lock_lease_s", &config.restart.lock_lease_s, runtime},
      {"runtime.max_attempts", &config.restart.max_attempts, runtime},
      {"runtime.report_every_s", &config.report_every_s, runtime},
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
        {"sweep.keep_best", CountField{&sweep.keep_best, kKeepAll}, runtime},
    };
    keys.insert(keys.end(), more.begin(), more.end());
  }
  return keys;
}

std::optional<std::string> set_value(RunConfig& config, const std::string& name, ConfigEntry value,
                                     std::string* written) {
  for (const ConfigKey& key : run_config_keys(config)) {
    if (key.name != name) continue;
    if (const auto* word = std::get_if<std::string>(&value.value);
        word != nullptr && std::holds_alternative<std::vector<std::string>*>(key.value)) {
      value.value = std::vector<std::string>{*word};
    }
    if (auto misfit = assign(key, value)) return misfit;
    if (name == "data.train") expand_both(config.trial.data.train);
    if (written != nullptr) *written = value_toml(key);
    return std::nullopt;
  }
  return "wanted a key of the config, got " + describe(value);
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
  OptionFaults own;
  own.need(config.report_every_s == 0 || (config.report_every_s >= 1 && config.report_every_s <= 86400),
           "runtime.report_every_s", "0 or in [1, 86400]", float_toml(config.report_every_s));
  append(faults, own.take());
  const auto scored = [&](const std::string& name) {
    return std::find(trial.data.val.begin(), trial.data.val.end(), name) != trial.data.val.end();
  };
  if (!trial.data.train.empty() && std::none_of(trial.data.train.begin(), trial.data.train.end(), scored)) {
    faults.push_back("data.val holds no dataset of data.train: there is nothing to choose the best epoch by");
  }
  if (trial.data.permute_labels && trial.augment.self_blend > 0) {
    faults.push_back("augment.self_blend must be 0 with data.permute_labels: a blended fake's label can be learned");
  }
  if (trial.data.replay > 0 && (trial.model.init == "random" || trial.model.init == kImagenet)) {
    faults.push_back("data.replay must be 0 with model.init = " + quoted_toml(trial.model.init) +
                     ": it draws from the datasets that a detector was trained on; name that detector in model.init, a "
                     "model file or a run");
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

SweepOptions sweep_options(const RunConfig& config) {
  if (config.sweep) return *config.sweep;
  SweepOptions one;
  one.mode = SweepMode::kSequential;
  one.sampler = Sampler::kRandom;
  one.trials = 1;
  return one;
}

bool replays(const RunConfig& config) {
  const auto varies = [](const SpaceKey& key) { return key.key == "data.replay"; };
  return config.trial.data.replay > 0 || (config.sweep && std::ranges::any_of(config.sweep->space, varies));
}

std::vector<std::vector<std::string>> train_sets(const RunConfig& config) {
  std::vector<std::vector<std::string>> sets;
  bool always = false;
  if (config.sweep) {
    for (const SpaceKey& key : config.sweep->space) {
      if (key.key != "data.train") continue;
      always = key.when_key.empty() && !key.choices.empty();
      for (const std::string& choice : key.choices) {
        RunConfig copy = config;
        if (const auto value = parse_value(key.key, choice, "")) set_value(copy, key.key, *value);
        sets.push_back(copy.trial.data.train);
      }
    }
  }
  if (!always) sets.push_back(config.trial.data.train);
  return sets;
}

}  // namespace unmask
