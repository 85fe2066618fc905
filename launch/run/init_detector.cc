#include "launch/run/init_detector.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/store_paths.h"
#include "model/files/safetensors.h"
#include "sweep/plan/trial_brief.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> trained_datasets(const RunConfig& config) {
  const std::string& init = config.trial.model.init;
  const std::optional<InitDetector> detector = init_detector(init);
  if (!detector) {
    throw Error(ErrorKind::kUsage, "data.replay: model.init is " + init +
                                       ", which is no detector of ours and doesn't say what it was trained on; name a "
                                       "model file or a run in model.init, or set data.replay = 0");
  }
  if (detector->datasets.empty()) {
    throw Error(ErrorKind::kUsage, "data.replay: " + init +
                                       " doesn't say which datasets it was trained on; name them in data.replay_from");
  }
  return detector->datasets;
}

void require_stores(const RunConfig& config) {
  const DataOptions& data = config.trial.data;
  std::string missing;
  for (const std::string& dataset : data.replay_from) {
    const fs::path file = store_path(data.stores, dataset, Split::kTrain);
    std::error_code none;
    if (!fs::is_regular_file(file, none)) missing += "\n  " + dataset + ": no " + file.string();
  }
  if (missing.empty()) return;
  throw Error(ErrorKind::kData,
              "data.replay draws from the datasets that " + config.trial.model.init +
                  " was trained on, and data.stores lacks some of them:" + missing +
                  "\n  put these stores there (a symbolic link to the dataset's folder does); or name "
                  "in data.replay_from those that are there; or set data.replay = 0");
}

}  // namespace

std::optional<InitDetector> init_detector(const fs::path& file) {
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return std::nullopt;
  const SafetensorsFile weights(file, SafetensorsFile::Digest::kIfPresent);
  const auto said = [&](const char* key) {
    const auto found = weights.metadata().find(key);
    return found == weights.metadata().end() ? std::string() : found->second;
  };
  if (said("format") != kModelFormat) return std::nullopt;
  InitDetector detector;
  const auto trained = nlohmann::json::parse(said("trained"), nullptr, /*allow_exceptions=*/false);
  if (trained.is_object() && trained.contains("leaks")) detector.leaks = kLeaksText;
  const auto datasets = trained.is_object() ? trained.find("datasets") : trained.end();
  if (datasets == trained.end() || !datasets->is_array()) return detector;
  for (const auto& dataset : *datasets) {
    if (!dataset.is_string() || !is_dataset_name(dataset.get_ref<const std::string&>())) {
      throw Error(ErrorKind::kData, file.string() + ": the header says that it was trained on " +
                                        dataset.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) +
                                        ", which is no dataset's name");
    }
    detector.datasets.push_back(dataset.get<std::string>());
  }
  return detector;
}

void resolve_replay(RunConfig& config) {
  DataOptions& data = config.trial.data;
  if (!replays(config)) return;
  if (data.replay_from.empty()) data.replay_from = trained_datasets(config);
  const std::vector<std::string> faults = validate(data);
  if (!faults.empty()) throw_faults(faults);
  require_stores(config);
}

}  // namespace unmask
