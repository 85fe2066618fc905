#include "launch/run/trial_briefs.h"

#include <algorithm>

#include "launch/config/trial_config.h"
#include "model/train/trial_data.h"

namespace unmask {

StepCounter::Counts StepCounter::counts(const TrialOptions& options) {
  const DataOptions& data = options.data;
  const TrainOptions& train = options.train;
  // A share of the videos has as many crops as those have that the seed takes.
  const std::uint64_t seed = data.sample_ratio_by == SampleRatioBy::kVideos ? options.seed : 0;
  const Key key{data.stores,
                drawn_datasets(data),
                data.val,
                data.test,
                data.sample_ratio,
                data.sample_ratio_by,
                data.replay,
                seed,
                train.global_batch_size,
                train.score_train_crops};
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const TrialData opened(options, open_);
  Counts counts;
  counts.steps_per_epoch = opened.steps_per_epoch();
  counts.images = opened.batch_samples(0);
  counts.scored_images = static_cast<std::int64_t>(opened.fixed_train_sample().size());
  for (const auto& dataset : opened.val()) counts.scored_images += static_cast<std::int64_t>(dataset->all.size());
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

ModelOptions largest_model(const RunConfig& config) {
  ModelOptions model = config.trial.model;
  if (!config.sweep) return model;
  for (const SpaceKey& key : config.sweep->space) {
    const bool has_hidden = std::ranges::count(key.choices, quoted_toml(to_word(Head::kHidden))) > 0;
    if (key.key == "model.head" && has_hidden) model.head = Head::kHidden;
  }
  return model;
}

}  // namespace unmask
