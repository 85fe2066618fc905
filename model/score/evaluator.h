// Scores stores with a finished model file. No torch in this header.
//
//   const SampleList samples(stores, datasets, Split::kTest);
//   const std::vector<double> fakes = fake_probabilities(model_file, samples, group, {.device = Device::kCpu});
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "data/store/sample_list.h"
#include "dist/communicator.h"
#include "model/device/device_choice.h"
#include "model/score/dataset_scores.h"

namespace unmask {

struct ScoreOptions {
  int threads = 1;
  Device device = Device::kCpu;  // resolved (resolve_device)
  int local_rank = 0;            // which GPU
  int loader_threads = 1;
};

/// Fake probability of every sample of `samples`, in sample order, on every rank. COLLECTIVE.
/// Batches of 64 whose content doesn't depend on the ranks. Checks that the stores were made as the model was trained
/// (preprocessing). THROWS Error(kData). `stop` as for score_dataset.
std::vector<double> fake_probabilities(const std::filesystem::path& model_file, const SampleList& samples,
                                       Communicator& group, const ScoreOptions& options,
                                       const std::function<bool()>& stop = {});

/// The dataset's scores, as a row of metrics.csv has them. COLLECTIVE. `after_batch` is called after every batch of
/// this rank, and then `stop` is asked: if this rank is to stop, all THROW AgreedError(kStopped).
DatasetScores score_dataset(const std::filesystem::path& model_file, const std::string& dataset,
                            const SampleList& samples, Communicator& group, const ScoreOptions& options,
                            const std::function<void(int percent)>& after_batch = {},
                            const std::function<bool()>& stop = {});

}  // namespace unmask
