// Scores samples with a classifier on all ranks of a group, in fixed batches whose content doesn't depend on the ranks.
//
//   const ScoredDataset base = open_scored_dataset(stores, "base", Split::kVal);
//   const auto scores = score_samples(classifier, precision, base.samples, base.all, group, place);  // on all ranks
//   const DatasetScores row = dataset_scores("base", base.samples, base.video_of, scores);
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "data/load/loader.h"
#include "data/store/sample_list.h"
#include "dist/communicator.h"
#include "model/classifier.h"
#include "model/device/device.h"
#include "model/score/dataset_scores.h"

namespace unmask {

inline constexpr int kScoreBatch = 64;

struct SampleScore {
  double fake_probability = 0;
  double loss = 0;  // cross-entropy
};

/// What goes on beside scoring on a rank.
struct ScoreControl {
  std::function<void(int percent)> after_batch;  // after every batch of this rank: how much all have done
  std::function<bool()> stop;                    // asked after every batch: this rank is to stop, so all do
  int loader_threads = 1;
};

/// Of images at the classifier's place, a label each; NaN where what the model gives is not finite.
std::vector<SampleScore> score_images(Classifier& classifier, Precision precision, const at::Tensor& images,
                                      std::span<const std::int64_t> labels);

/// Likewise of the classifier's logits f32 [n, 2], anywhere.
std::vector<SampleScore> score_logits(const at::Tensor& logits, std::span<const std::int64_t> labels);

/// One score for each of `wanted` (indices into `samples`), in their order, on every rank. COLLECTIVE. Computed at
/// `place`, where the classifier is.
/// All ranks THROW AgreedError: of kData, naming the rank, if a rank fails (a damaged record); of kFailed, a divergence
/// naming the frame, if a score is not finite; of kStopped if a rank is to stop. They leave after the same batch.
std::vector<SampleScore> score_samples(Classifier& classifier, Precision precision, const SampleList& samples,
                                       std::span<const std::uint32_t> wanted, Communicator& group,
                                       const ComputePlace& place, const ScoreControl& control = {});

/// A dataset's scores as a row of metrics.csv has them.
DatasetScores dataset_scores(const std::string& dataset, const SampleList& samples,
                             const std::vector<std::uint32_t>& video_of, std::span<const SampleScore> scores);

}  // namespace unmask
