#include "launch/run/trial_briefs.h"

#include <algorithm>

#include "launch/config/trial_config.h"
#include "model/train/trial_data.h"

namespace unmask {

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

TrialBrief brief_of(const RunConfig& sweep, const PlannedTrial& planned, StepCounter& counter) {
  const RunConfig config = trial_config(sweep, planned);
  TrialBrief brief = trial_brief(sweep, config);
  const StepCounter::Counts counts = counter.counts(config.trial);
  brief.steps_per_epoch = counts.steps_per_epoch;
  brief.images = counts.images;
  brief.scored_images = counts.scored_images;
  return brief;
}

bool may_have_hidden_head(const RunConfig& config) {
  if (config.trial.model.head == Head::kHidden) return true;
  if (!config.sweep) return false;
  return std::ranges::any_of(config.sweep->space, [](const SpaceKey& key) {
    return key.key == "model.head" &&
           std::ranges::find(key.choices, quoted_toml(to_word(Head::kHidden))) != key.choices.end();
  });
}

}  // namespace unmask
