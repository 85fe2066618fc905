#include "launch/config/trial_config.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/digest.h"
#include "data/load/shard_plan.h"
#include "launch/config/run_config_file.h"
#include "launch/config/run_identity.h"

namespace unmask {

RunConfig trial_config(const RunConfig& sweep, const PlannedTrial& trial) {
  RunConfig config = sweep;
  config.sweep.reset();
  config.trial.seed += static_cast<std::uint64_t>(trial.repeat);
  const std::string where = "trial " + std::to_string(trial.id);
  std::vector<std::string> faults;
  const auto fault = [&](const std::string& at, const std::string& what) { faults.push_back(where + at + what); };
  for (const auto& [key, text] : trial.point) {
    const auto value = parse_value(key, text, where);
    const auto misfit =
        value ? set_value(config, key, *value) : std::optional<std::string>("wanted a TOML value, got " + text);
    if (misfit) fault(": " + key, ": " + *misfit);
  }
  if (faults.empty()) {
    const std::string point = " (" + point_text(trial.point) + "): ";
    for (const std::string& problem : validate(config)) fault(point, problem);
  }
  throw_faults(faults);
  if (config.trial.data.replay == 0) config.trial.data.replay_from.clear();
  const std::vector<std::string> drawn = drawn_datasets(config.trial.data);
  std::erase_if(config.content, [&](const auto& item) {
    constexpr std::string_view kEnd = ".train";
    if (!item.first.starts_with(kStores) || !item.first.ends_with(kEnd)) return false;
    const std::string dataset = item.first.substr(kStores.size(), item.first.size() - kStores.size() - kEnd.size());
    return std::find(drawn.begin(), drawn.end(), dataset) == drawn.end();
  });
  return config;
}

TrialBrief trial_brief(const RunConfig& sweep, RunConfig config) {
  TrialOptions& trial = config.trial;
  if (sweep.sweep) trial.data.test.clear();
  TrialBrief brief;
  brief.config = resolved_toml(config);
  const std::string identity = identity_text(config);
  brief.config_digest = to_hex(digest128(std::as_bytes(std::span(identity.data(), identity.size()))));
  brief.seed = trial.seed;
  const auto weights = config.content.find("weights");
  brief.init = weights == config.content.end() ? trial.model.init : "weights:" + weights->second;
  brief.train = trial.data.train;
  brief.val = trial.data.val;
  brief.select = trial.train.select;
  brief.allows_leaks = trial.data.allow_leaks;
  brief.epochs = trial.train.epochs;
  brief.microbatches =
      static_cast<int>(plan_microbatches(trial.train.global_batch_size, trial.train.microbatch_size).size());
  brief.peak_fraction = trial.optimizer.schedule == RateSchedule::kOneCycle ? trial.optimizer.pct_start : 0;
  return brief;
}

}  // namespace unmask
