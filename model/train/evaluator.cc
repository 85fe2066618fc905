#include "model/train/evaluator.h"

#include <numeric>

#include "base/error.h"
#include "model/train/device.h"
#include "model/train/fault.h"
#include "model/train/model_file.h"
#include "model/train/scorer.h"

namespace unmask {
namespace {

void require_same_preprocessing(const std::filesystem::path& model_file, const ModelFileInfo& info,
                                const SampleList& samples) {
  for (std::size_t i = 0; i < samples.stores(); ++i) {
    const CropStore& store = samples.store(i);
    if (store.preprocessing_json() == info.preprocessing_json) continue;
    throw Error(ErrorKind::kData, store.path().string() + ": crops were made in another way (" +
                                      store.preprocessing_json() + ") than those that " + model_file.string() +
                                      " was trained on (" + info.preprocessing_json +
                                      "); prepare them again with the model's settings");
  }
}

}  // namespace

std::vector<double> score_samples(const std::filesystem::path& model_file, const SampleList& samples,
                                  Communicator& group, int threads) {
  configure_torch(threads, /*reproducible=*/true);
  std::optional<LoadedModel> model;
  agree(group, "loading the model", [&] {
    model.emplace(load_model_file(model_file));
    require_same_preprocessing(model_file, model->info, samples);
  });
  std::vector<std::uint32_t> all(samples.size());
  std::iota(all.begin(), all.end(), 0u);
  std::vector<double> probabilities;
  for (const SampleScore& score :
       score_samples(model->classifier, precision_from(model->info.precision), samples, all, group)) {
    probabilities.push_back(score.fake_probability);
  }
  return probabilities;
}

}  // namespace unmask
