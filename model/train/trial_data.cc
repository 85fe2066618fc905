#include "model/train/trial_data.h"

#include <algorithm>

#include "base/error.h"

namespace unmask {

TrialData::TrialData(const TrialOptions& options)
    : options_(options), train_(options.data.stores, options.data.train, Split::kTrain) {
  for (const std::string& name : options.data.train) {
    if (std::find(options.data.val.begin(), options.data.val.end(), name) == options.data.val.end()) {
      throw Error(ErrorKind::kUsage, "data.val must hold every dataset of data.train, to choose the best epoch by; \"" +
                                         name + "\" is missing");
    }
  }
  if (train_.size() < 2) throw Error(ErrorKind::kData, options.data.stores + ": fewer than 2 crops to train on");
  if (options.data.permute_labels) train_.permute_labels(options.seed);
  subset_ = plan_subset(static_cast<std::uint32_t>(train_.size()), options.data.sample_ratio, options.seed);
  for (const std::string& name : options.data.val)
    val_.push_back(open_scored_dataset(options.data.stores, name, Split::kVal));
  for (const std::string& name : options.data.test)
    test_.push_back(open_scored_dataset(options.data.stores, name, Split::kTest));
  const std::string wanted = preprocessing_json(), whose = "those trained on";
  train_.require_preprocessing(wanted, whose);
  for (const ScoredDataset& dataset : val_) dataset.samples.require_preprocessing(wanted, whose);
  for (const ScoredDataset& dataset : test_) dataset.samples.require_preprocessing(wanted, whose);
  // A permutation of its own, of an epoch that no training reaches.
  fixed_sample_ = plan_order(static_cast<std::uint32_t>(subset_.size()), options.seed, 0xFFFFFFFFu);
  const auto asked_for = static_cast<std::size_t>(options.train.score_train_crops);
  fixed_sample_.resize(std::min(asked_for, std::max<std::size_t>(1, fixed_sample_.size() / 10)));
  for (std::uint32_t& index : fixed_sample_) index = subset_[index];
  std::sort(fixed_sample_.begin(), fixed_sample_.end());
}

std::int64_t TrialData::steps_per_epoch() const {
  return unmask::steps_per_epoch(train_size(), options_.train.global_batch_size);
}

std::array<float, 2> TrialData::class_weights() const {
  if (options_.data.balance == Balance::kNone) return {1, 1};
  std::array<double, 2> counts{};
  for (const std::uint32_t sample : subset_) counts[train_[sample].label != 0 ? 1 : 0] += 1;
  if (counts[0] == 0 || counts[1] == 0) return {1, 1};
  const double total = counts[0] + counts[1];
  return {static_cast<float>(total / (2 * counts[0])), static_cast<float>(total / (2 * counts[1]))};
}

std::int64_t TrialData::batch_samples(std::int64_t step) const {
  return unmask::batch_samples(train_size(), options_.train.global_batch_size, step % steps_per_epoch());
}

LoadRequest TrialData::request(std::int64_t step, const Microbatch& microbatch) {
  const std::int64_t epoch = step / steps_per_epoch();
  if (epoch != order_epoch_) {
    order_ = plan_order(static_cast<std::uint32_t>(subset_.size()), options_.seed, static_cast<std::uint32_t>(epoch));
    order_epoch_ = epoch;
  }
  const std::int64_t first = step % steps_per_epoch() * options_.train.global_batch_size + microbatch.first;
  LoadRequest request;
  request.epoch = static_cast<std::uint32_t>(epoch);
  request.training = options_.augment.enabled;
  for (std::int64_t slot = first; slot < first + microbatch.count; ++slot) {
    request.items.push_back({subset_[order_[static_cast<std::size_t>(slot)]], static_cast<std::uint32_t>(slot)});
  }
  return request;
}

std::string TrialData::fingerprints() const {
  const auto line = [](const std::string& name, const SampleList& samples) {
    return "stores." + name + " = " + to_hex(samples.fingerprint()) + "\n";
  };
  std::string text = line("train", train_);
  for (const ScoredDataset& dataset : val_) text += line("val." + dataset.name, dataset.samples);
  for (const ScoredDataset& dataset : test_) text += line("test." + dataset.name, dataset.samples);
  return text;
}

}  // namespace unmask
