// What a run's leases need of its stores and doesn't change between them: stores that are open, which videos there
// are, who is in a subset, in what order. No torch here.
//
//   const auto open = std::make_shared<OpenData>();
//   TrialData first(options, open);   // opens its stores
//   TrialData second(options, open);  // opens none
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "data/store/sample_list.h"
#include "model/score/scored_dataset.h"
#include "model/train/train_options.h"

namespace unmask {

struct TrainSamples {
  SampleList samples;
  Digest128 fingerprint;
};

/// Whoever holds what a call returned may go on with it whatever happens here. Takes the memory of the indexes of all
/// stores that were asked for. THREAD: any.
class OpenData {
 public:
  using Numbers = std::shared_ptr<const std::vector<std::uint32_t>>;

  /// The train split of drawn_datasets; with labels permuted where the options say so, as drawn from `seed`.
  /// THROWS Error like SampleList.
  std::shared_ptr<const TrainSamples> train(const DataOptions& data, std::uint64_t seed);
  /// THROWS Error like open_scored_dataset.
  std::shared_ptr<const ScoredDataset> scored(const std::filesystem::path& stores, const std::string& dataset,
                                              Split split);
  /// plan_subset, and plan_order of an epoch (shard_plan.h): the last few that were asked for.
  Numbers subset(std::uint32_t n, double ratio, std::uint64_t seed);
  Numbers order(std::uint32_t n, std::uint64_t seed, std::uint32_t epoch);
  /// Everything is opened anew from here on: after a fault, which may have been a file's.
  void forget();

 private:
  std::shared_ptr<const CropStore> open(const std::filesystem::path& file);

  std::mutex mutex_;
  std::map<std::filesystem::path, std::shared_ptr<const CropStore>> stores_;
  std::map<std::tuple<std::string, std::vector<std::string>, std::optional<std::uint64_t>>,
           std::shared_ptr<const TrainSamples>>
      train_;
  std::map<std::tuple<std::filesystem::path, std::string, Split>, std::shared_ptr<const ScoredDataset>> scored_;
  std::map<std::tuple<std::uint32_t, double, std::uint64_t>, Numbers> subsets_;
  std::map<std::tuple<std::uint32_t, std::uint64_t, std::uint32_t>, Numbers> orders_;
};

}  // namespace unmask
