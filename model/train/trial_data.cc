#include "model/train/trial_data.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "model/score/video_index.h"

namespace unmask {
namespace {

OpenData::Numbers kept(std::vector<std::uint32_t> numbers) {
  return std::make_shared<const std::vector<std::uint32_t>>(std::move(numbers));
}

}  // namespace

TrialData::TrialData(const TrialOptions& options, std::shared_ptr<OpenData> open)
    : options_(options), open_(std::move(open)), train_(open_->train(options.data, options.seed)) {
  for (const std::string& name : options.data.train) {
    if (std::find(options.data.val.begin(), options.data.val.end(), name) == options.data.val.end()) {
      throw Error(ErrorKind::kUsage, "data.val must hold every dataset of data.train, to choose the best epoch by; \"" +
                                         name + "\" is missing");
    }
  }
  take_subset();
  plan_groups();
  for (const std::string& name : options.data.val)
    val_.push_back(open_->scored(options.data.stores, name, Split::kVal));
  for (const std::string& name : options.data.test)
    test_.push_back(open_->scored(options.data.stores, name, Split::kTest));
  const std::string wanted = preprocessing_json(), whose = "those trained on";
  train().require_preprocessing(wanted, whose);
  for (const auto& dataset : val_) dataset->samples.require_preprocessing(wanted, whose);
  for (const auto& dataset : test_) dataset->samples.require_preprocessing(wanted, whose);
  // A permutation of its own, of an epoch that no training reaches.
  fixed_sample_ = unmask::plan_order(fresh_, options.seed, 0xFFFFFFFFu);
  const auto asked_for = static_cast<std::size_t>(options.train.score_train_crops);
  fixed_sample_.resize(std::min(asked_for, std::max<std::size_t>(1, fixed_sample_.size() / 10)));
  for (std::uint32_t& index : fixed_sample_) index = (*subset_)[index];
  std::sort(fixed_sample_.begin(), fixed_sample_.end());
}

std::int64_t TrialData::steps_per_epoch() const {
  return unmask::steps_per_epoch(train_size(), options_.train.global_batch_size);
}

void TrialData::take_subset() {
  const DataOptions& data = options_.data;
  const auto is_old = [&](std::uint32_t sample) { return train()[sample].store >= data.train.size(); };
  auto all = static_cast<std::uint32_t>(train().size()), n = all;
  while (n > 0 && is_old(n - 1)) --n;  // stores stand one after another
  if (n < 2) throw Error(ErrorKind::kData, data.stores + ": fewer than 2 crops to train on");
  if (data.sample_ratio_by == SampleRatioBy::kFrames) {
    subset_ = open_->subset(n, data.sample_ratio, options_.seed);
  } else {
    std::vector<std::uint32_t> video_of = video_indices(train());
    video_of.resize(n);
    subset_ = kept(plan_video_subset(video_of, data.sample_ratio, options_.seed));
  }
  fresh_ = static_cast<std::uint32_t>(subset_->size());
  if (data.replay == 0) return;
  replayed_ = replayed_slots(fresh_, data.replay);
  std::vector<std::uint32_t> with_old = *subset_;
  for (; n < all; ++n) with_old.push_back(n);
  subset_ = kept(std::move(with_old));
}

void TrialData::plan_groups() {
  const bool balances = options_.data.balance == Balance::kSampler;
  const bool replays = options_.data.replay > 0;
  if (!balances && !replays && options_.data.mix.empty()) return;
  std::vector<DatasetPart> parts;
  if (!options_.data.mix.empty()) {
    for (const std::string& name : options_.data.train) parts.push_back({name, options_.data.mix.at(name)});
  }
  std::vector<SampleKind> kinds;
  for (const std::uint32_t sample : *subset_) kinds.push_back({train()[sample].store, train()[sample].label});
  const std::span fresh(kinds.data(), fresh_);
  if (balances || !parts.empty()) groups_ = unmask::plan_groups(fresh, parts, balances);
  if (replays) add_replay(groups_, fresh_, std::span(kinds).subspan(fresh_), replayed_, balances);
}

std::array<float, 2> TrialData::class_weights() const {
  if (options_.data.balance != Balance::kClassWeights) return {1, 1};
  std::array<double, 2> counts{};
  const auto count = [&](std::uint32_t index, double times) {
    counts[train()[(*subset_)[index]].label != 0 ? 1 : 0] += times;
  };
  for (const DrawGroup& group : groups_) {
    for (const std::uint32_t index : group.members) {
      count(index, static_cast<double>(group.slots) / static_cast<double>(group.members.size()));
    }
  }
  for (std::uint32_t index = 0; groups_.empty() && index < subset_->size(); ++index) count(index, 1);
  const double blended = options_.augment.enabled ? counts[0] * options_.augment.self_blend : 0;
  counts[0] -= blended;
  counts[1] += blended;
  if (counts[0] <= 0 || counts[1] <= 0) return {1, 1};
  const double total = counts[0] + counts[1];
  return {static_cast<float>(total / (2 * counts[0])), static_cast<float>(total / (2 * counts[1]))};
}

std::int64_t TrialData::batch_samples(std::int64_t step) const {
  return unmask::batch_samples(train_size(), options_.train.global_batch_size, step % steps_per_epoch());
}

void TrialData::plan_order(std::uint32_t epoch) {
  const auto n = static_cast<std::uint32_t>(train_size());
  const bool by_blocks = options_.data.shuffle == Shuffle::kBlocks;
  if (!by_blocks && groups_.empty()) {
    order_ = open_->order(n, options_.seed, epoch);
    return;
  }
  const auto block = static_cast<std::uint32_t>(options_.data.block_crops);
  const auto blocks = static_cast<std::uint32_t>(options_.data.window_blocks);
  std::vector<std::uint32_t> order = by_blocks ? plan_block_order(n, block, blocks, options_.seed, epoch)
                                               : unmask::plan_order(n, options_.seed, epoch);
  if (!groups_.empty()) {
    const std::vector<std::uint32_t> drawn = plan_draws(groups_, options_.seed, epoch);
    for (std::uint32_t& place : order) place = drawn[place];
  }
  order_ = kept(std::move(order));
  if (!by_blocks) return;
  window_ = std::size_t{block} * blocks;
  reading_ = plan_reading(*order_, window_);
  expected_ = 0;
}

/// What the disk should be asked for with this step: little by little the window after the one under way, whole windows
/// in the order of the disk. Of all ranks, because those of a node share what is read.
std::vector<std::uint32_t> TrialData::expected_at(std::int64_t step) {
  if (reading_.empty() || step == expected_step_) return {};
  expected_step_ = step;
  const std::int64_t in_epoch = step % steps_per_epoch();
  const auto first = static_cast<std::size_t>(in_epoch * options_.train.global_batch_size);
  const std::size_t end = std::min(reading_.size(), first + static_cast<std::size_t>(batch_samples(step)) + window_);
  std::vector<std::uint32_t> samples;
  for (expected_ = std::max(expected_, first / window_ * window_); expected_ < end; ++expected_) {
    samples.push_back((*subset_)[reading_[expected_]]);
  }
  return samples;
}

LoadRequest TrialData::request(std::int64_t step, const Microbatch& microbatch) {
  const std::int64_t epoch = step / steps_per_epoch();
  if (epoch != order_epoch_) {
    plan_order(static_cast<std::uint32_t>(epoch));
    order_epoch_ = epoch;
  }
  const std::int64_t first = step % steps_per_epoch() * options_.train.global_batch_size + microbatch.first;
  LoadRequest request;
  request.epoch = static_cast<std::uint32_t>(epoch);
  request.training = options_.augment.enabled;
  for (std::int64_t slot = first; slot < first + microbatch.count; ++slot) {
    request.items.push_back({(*subset_)[(*order_)[static_cast<std::size_t>(slot)]], static_cast<std::uint32_t>(slot)});
  }
  request.expected = expected_at(step);
  request.forgets = !reading_.empty();
  return request;
}

std::string TrialData::fingerprints() const {
  const auto line = [](const std::string& name, const Digest128& fingerprint) {
    return "stores." + name + " = " + to_hex(fingerprint) + "\n";
  };
  std::string text = line("train", train_->fingerprint);
  for (const auto& dataset : val_) text += line("val." + dataset->name, dataset->fingerprint);
  for (const auto& dataset : test_) text += line("test." + dataset->name, dataset->fingerprint);
  return text;
}

}  // namespace unmask
