#include "launch/trial_briefs.h"

#include <span>

#include "base/digest.h"
#include "launch/space_config.h"
#include "model/train/trial_data.h"

namespace unmask {
namespace {

std::string digest_of(const std::string& text) {
  return to_hex(digest128(std::as_bytes(std::span(text.data(), text.size()))));
}

}  // namespace

std::int64_t StepCounter::steps_per_epoch(const TrialOptions& options) {
  const DataOptions& data = options.data;
  const auto key = std::make_tuple(data.train, data.sample_ratio, options.train.global_batch_size);
  const auto known = steps_.find(key);
  if (known != steps_.end()) return known->second;
  return steps_[key] = TrialData(options).steps_per_epoch();
}

RunConfig training_config(const RunConfig& sweep, const PlannedTrial& trial) {
  RunConfig config = trial_config(sweep, trial);
  if (sweep.sweep) config.trial.data.test.clear();
  return config;
}

TrialBrief brief_of(const RunConfig& sweep, const PlannedTrial& planned, StepCounter& counter) {
  const RunConfig config = training_config(sweep, planned);
  const TrialOptions& trial = config.trial;
  TrialBrief brief;
  brief.config = resolved_toml(config);
  brief.config_digest = digest_of(identity_text(config));
  brief.seed = trial.seed;
  const auto weights = config.content.find("weights");
  brief.init = weights == config.content.end() ? trial.model.init : "weights:" + weights->second;
  brief.train = trial.data.train;
  brief.val = trial.data.val;
  brief.select = trial.train.select;
  brief.epochs = trial.train.epochs;
  brief.steps_per_epoch = counter.steps_per_epoch(trial);
  brief.microbatches =
      static_cast<int>(plan_microbatches(trial.train.global_batch_size, trial.train.microbatch_size).size());
  brief.peak_fraction = trial.optimizer.schedule == "one_cycle" ? trial.optimizer.pct_start : 0;
  return brief;
}

SweepOptions sweep_options(const RunConfig& config) {
  if (config.sweep) return *config.sweep;
  SweepOptions one;
  one.mode = "sequential";
  one.sampler = "random";
  one.trials = 1;
  return one;
}

}  // namespace unmask
