#include "model/score/evaluator.h"

#include <numeric>

#include "base/error.h"
#include "dist/agreement.h"
#include "model/device/device.h"
#include "model/files/model_file.h"
#include "model/score/scorer.h"
#include "model/score/video_index.h"

namespace unmask {
namespace {

/// Scores of all samples with the model of a file. COLLECTIVE.
std::vector<SampleScore> score_all(const std::filesystem::path& model_file, const SampleList& samples,
                                   Communicator& group, const ScoreOptions& options,
                                   const std::function<void(int)>& after_batch = {},
                                   const std::function<bool()>& stop = {}) {
  ComputePlace place;
  std::optional<LoadedModel> model;
  std::vector<std::uint32_t> all;
  agree(group, "loading the model", [&] {
    configure_torch(options.threads, /*reproducible=*/true);
    place = place_on(options.device, options.local_rank);
    model.emplace(load_model_file(model_file));
    model->classifier.to(place.device);
    samples.require_preprocessing(model->info.preprocessing_json,
                                  "those that " + model_file.string() + " was trained on");
    all.resize(samples.size());
    std::iota(all.begin(), all.end(), 0u);
  });
  return score_samples(model->classifier, precision_from(model->info.precision, model->info.bf16_arithmetic), samples,
                       all, group, place, {after_batch, stop, options.loader_threads});
}

}  // namespace

std::vector<double> fake_probabilities(const std::filesystem::path& model_file, const SampleList& samples,
                                       Communicator& group, const ScoreOptions& options,
                                       const std::function<bool()>& stop) {
  std::vector<double> probabilities;
  for (const SampleScore& score : score_all(model_file, samples, group, options, {}, stop))
    probabilities.push_back(score.fake_probability);
  return probabilities;
}

DatasetScores score_dataset(const std::filesystem::path& model_file, const std::string& dataset,
                            const SampleList& samples, Communicator& group, const ScoreOptions& options,
                            const std::function<void(int)>& after_batch, const std::function<bool()>& stop) {
  const std::vector<SampleScore> scores = score_all(model_file, samples, group, options, after_batch, stop);
  DatasetScores row;
  agree(group, "scoring", [&] { row = dataset_scores(dataset, samples, video_indices(samples), scores); });
  return row;
}

}  // namespace unmask
