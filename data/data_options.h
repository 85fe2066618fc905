// Which crops a run trains on and scores, as plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/words.h"

namespace unmask {

enum class SampleRatioBy { kFrames, kVideos };  // of what data.sample_ratio is a share
constexpr auto words_of(SampleRatioBy) {
  using enum SampleRatioBy;
  return std::to_array<Word<SampleRatioBy>>({{"frames", kFrames}, {"videos", kVideos}});
}

/// kClassWeights: loss weights inverse to the classes' counts. kSampler: an epoch draws both classes equally often.
enum class Balance { kNone, kClassWeights, kSampler };
constexpr auto words_of(Balance) {
  using enum Balance;
  return std::to_array<Word<Balance>>({{"none", kNone}, {"class_weights", kClassWeights}, {"sampler", kSampler}});
}

/// kBlocks: nearly in the order of the disk, for stores larger than memory (data/load/epoch_plan.h).
enum class Shuffle { kFull, kBlocks };
constexpr auto words_of(Shuffle) {
  using enum Shuffle;
  return std::to_array<Word<Shuffle>>({{"full", kFull}, {"blocks", kBlocks}});
}

struct DataOptions {
  std::string stores;                                      // STORES/<dataset>/<split>.crops
  std::string cache_dir;                                   // on each node's own disk: copies of the stores; "" = none
  std::vector<std::string> train;                          // datasets trained on
  std::vector<std::string> val;                            // scored every epoch on split val
  std::vector<std::string> test;                           // scored once at the end
  double sample_ratio = 1.0;                               // share of the train crops that is used; subsets are nested
  SampleRatioBy sample_ratio_by = SampleRatioBy::kFrames;  // kVideos: a share of the videos, each with all its crops
  Balance balance = Balance::kNone;
  /// Dataset → its part of an epoch, relative to the others'; {}: each as large as it is. An epoch stays as long.
  std::map<std::string, double> mix;
  /// Share of an epoch that is drawn from replay_from, beside the crops of `train`: so that a detector that goes on
  /// with new datasets keeps what it learned of the old ones.
  double replay = 0;
  /// Datasets of `stores`; {}: those that the detector of model.init was trained on, which stand here once it is read.
  std::vector<std::string> replay_from;
  Shuffle shuffle = Shuffle::kFull;
  int block_crops = 256;     // of kBlocks: consecutive crops that are read together
  int window_blocks = 16;    // of kBlocks: blocks that are shuffled among each other, and have to fit into memory twice
  bool allow_leaks = false;  // train although splits share videos or identities; every table then tells so
  bool permute_labels = false;  // train labels drawn at random from the true ones: what is learned then is chance
};

/// The datasets whose train split is read: of `train`, then the old ones where some of them are drawn.
std::vector<std::string> drawn_datasets(const DataOptions& options);

/// Every fault, naming the key as the config file has it.
std::vector<std::string> validate(const DataOptions& options);

}  // namespace unmask
