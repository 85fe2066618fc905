#include "launch/trial_briefs.h"

#include <algorithm>
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

StepCounter::Counts StepCounter::counts(const TrialOptions& options) {
  const DataOptions& data = options.data;
  const auto key = std::make_tuple(data.train, data.sample_ratio, options.train.global_batch_size);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const TrialData opened(options);
  Counts counts;
  counts.steps_per_epoch = opened.steps_per_epoch();
  counts.images = opened.batch_samples(0);
  counts.scored_images = static_cast<std::int64_t>(opened.fixed_train_sample().size());
  for (const ScoredDataset& dataset : opened.val())
    counts.scored_images += static_cast<std::int64_t>(dataset.all.size());
  return known_[key] = counts;
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
  const StepCounter::Counts counts = counter.counts(trial);
  brief.steps_per_epoch = counts.steps_per_epoch;
  brief.images = counts.images;
  brief.scored_images = counts.scored_images;
  brief.microbatches =
      static_cast<int>(plan_microbatches(trial.train.global_batch_size, trial.train.microbatch_size).size());
  brief.peak_fraction = trial.optimizer.schedule == "one_cycle" ? trial.optimizer.pct_start : 0;
  return brief;
}

bool may_have_hidden_head(const RunConfig& config) {
  if (config.trial.model.head == "hidden") return true;
  if (!config.sweep) return false;
  return std::ranges::any_of(config.sweep->space, [](const SpaceKey& key) {
    return key.key == "model.head" && std::ranges::find(key.choices, "\"hidden\"") != key.choices.end();
  });
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
