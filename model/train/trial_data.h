// The crops that a trial trains on and is scored on, and which of them each step takes. No torch here.
//
//   TrialData data(options);
//   for (const Microbatch& microbatch : plan_microbatches(data.batch_samples(step), options.train.microbatch_size))
//     loader.push(data.request(step, microbatch));
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/load/epoch_plan.h"
#include "data/load/loader.h"
#include "data/load/shard_plan.h"
#include "model/score/scored_dataset.h"
#include "model/train/open_data.h"
#include "model/train/train_options.h"

namespace unmask {

class TrialData {
 public:
  /// Opens all stores that `open` has not.
  /// THROWS Error: kData (missing, damaged, empty, made in different ways), kUsage (data.val lacks a
  /// dataset of data.train: the best epoch could not be chosen).
  explicit TrialData(const TrialOptions& options, std::shared_ptr<OpenData> open = std::make_shared<OpenData>());

  /// Of data.train, then of data.replay_from where old crops are drawn.
  const SampleList& train() const { return train_->samples; }
  /// Crops that an epoch draws: those of the subset of data.train, and with data.replay so many old ones.
  std::int64_t train_size() const { return std::int64_t{fresh_} + replayed_; }
  using Scored = std::vector<std::shared_ptr<const ScoredDataset>>;
  const Scored& val() const { return val_; }
  const Scored& test() const { return test_; }
  std::int64_t steps_per_epoch() const;
  std::int64_t total_steps() const { return steps_per_epoch() * options_.train.epochs; }
  /// Samples of data.train fixed by the seed, train.score_train_crops of them but at most a tenth of all and at least
  /// one where any is asked for: loss and accuracy without dropout are measured on them after every epoch.
  const std::vector<std::uint32_t>& fixed_train_sample() const { return fixed_sample_; }
  /// Of label 0 and 1, inverse to how often an epoch draws them, self-blended fakes counted as fakes.
  std::array<float, 2> class_weights() const;
  /// Size of the step's global batch: an epoch's last one may be smaller, or larger by one.
  std::int64_t batch_samples(std::int64_t step) const;
  /// The crops of one microbatch of that batch.
  LoadRequest request(std::int64_t step, const Microbatch& microbatch);
  std::string preprocessing_json() const { return train().store(0).preprocessing_json(); }
  /// What the stores hold: lines "stores.train = <hex>", "stores.val.base = <hex>", …
  std::string fingerprints() const;

 private:
  void take_subset();
  void plan_groups();
  void plan_order(std::uint32_t epoch);
  std::vector<std::uint32_t> expected_at(std::int64_t step);

  TrialOptions options_;
  std::shared_ptr<OpenData> open_;
  std::shared_ptr<const TrainSamples> train_;
  OpenData::Numbers subset_;    // of data.train; behind it every old crop
  std::uint32_t fresh_ = 0;     // the former's number
  std::uint32_t replayed_ = 0;  // draws of old crops in an epoch
  std::vector<std::uint32_t> fixed_sample_;
  Scored val_, test_;
  std::vector<DrawGroup> groups_;  // of subset_; empty: an epoch draws each sample once
  std::int64_t order_epoch_ = -1;
  OpenData::Numbers order_;             // slot → index into subset_, of order_epoch_
  std::vector<std::uint32_t> reading_;  // the same windows in the order of the disk; empty where blocks aren't shuffled
  std::size_t window_ = 0;              // slots
  std::size_t expected_ = 0;            // of reading_: the disk was asked for these
  std::int64_t expected_step_ = -1;
};

}  // namespace unmask
