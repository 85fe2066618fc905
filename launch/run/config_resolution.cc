#include "launch/run/config_resolution.h"

#include <filesystem>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/fault_point.h"
#include "data/prepare/prepare_options.h"
#include "data/store/crop_store.h"
#include "data/store_paths.h"
#include "launch/run/imagenet_weights.h"
#include "launch/run/model_path.h"
#include "model/network_shapes.h"
#include "model/train/numerics.h"

namespace unmask {

namespace fs = std::filesystem;

void resolve_init(RunConfig& config) {
  std::string& init = config.trial.model.init;
  if (init == kImagenet)
    init = imagenet_weights(published_weights(config.trial.model.architecture), "weights").string();
  if (init != "random") init = find_model(init).string();
}

void resolve_arithmetic(RunConfig& config, const RunConfig* recorded) {
  TrainOptions& train = config.trial.train;
  if (recorded == nullptr) return resolve_arithmetic(train, resolve_device(config.trial.runtime.device));
  if (train.precision == TrainPrecision::kAuto) train.precision = recorded->trial.train.precision;
  if (train.bf16_arithmetic == Bf16Arithmetic::kAuto) {
    train.bf16_arithmetic = recorded->trial.train.bf16_arithmetic;
  }
}

std::map<std::string, std::string> content_digests(const RunConfig& config) {
  const TrialOptions& trial = config.trial;
  std::map<std::string, std::string> content;
  const auto add = [&](const std::vector<std::string>& datasets, Split split) {
    for (const std::string& dataset : datasets) {
      const CropStore store(require_store(trial.data.stores, dataset, split));
      content[std::string(kStores) + dataset + "." + to_word(split)] = to_hex(store.fingerprint());
    }
  };
  // A trial of a sweep that names a dataset that isn't there fails alone.
  const auto exists = [&](const std::string& dataset) {
    return !config.sweep || fs::exists(store_path(trial.data.stores, dataset, Split::kTrain));
  };
  for (std::vector<std::string> datasets : train_sets(config)) {
    std::erase_if(datasets, [&](const std::string& dataset) { return !exists(dataset); });
    add(datasets, Split::kTrain);
  }
  if (replays(config)) add(trial.data.replay_from, Split::kTrain);
  add(trial.data.val, Split::kVal);
  add(trial.data.test, Split::kTest);
  if (trial.model.init != "random") content["weights"] = to_hex(digest128(MappedFile(trial.model.init).bytes()));
  return content;
}

std::string run_numerics(const RunConfig& config, int local_rank) {
  fault_point("start probe");
  int crop_px = PrepareOptions().crop_px;  // where no store is there, no trial starts either
  for (const std::string& dataset : config.trial.data.val) {
    const fs::path file = store_path(config.trial.data.stores, dataset, Split::kVal);
    if (!fs::exists(file)) continue;
    crop_px = CropStore(file).crop_px();
    break;
  }
  return numerics_class(config.trial, crop_px, local_rank);
}

}  // namespace unmask
