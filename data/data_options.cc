#include "data/data_options.h"

#include <algorithm>

#include "base/option_faults.h"
#include "data/printable.h"
#include "data/store_paths.h"

namespace unmask {

std::vector<std::string> drawn_datasets(const DataOptions& options) {
  std::vector<std::string> drawn = options.train;
  if (options.replay > 0) drawn.insert(drawn.end(), options.replay_from.begin(), options.replay_from.end());
  return drawn;
}

std::vector<std::string> validate(const DataOptions& options) {
  OptionFaults faults;
  if (options.stores.empty()) {
    faults.add("data.stores must be the folder that holds <dataset>/<split>.crops, got \"\"");
  }
  if (options.train.empty()) faults.add("data.train must name at least one dataset, got []");
  check_dataset_names("data.train", options.train, faults);
  check_dataset_names("data.val", options.val, faults);
  check_dataset_names("data.test", options.test, faults);
  faults.need(options.sample_ratio > 0 && options.sample_ratio <= 1, "data.sample_ratio", "in (0, 1]",
              options.sample_ratio);
  for (const auto& [dataset, weight] : options.mix) {
    faults.need(weight > 0 && weight <= 1e6, "data.mix." + dataset, "in (0, 1e6]", weight);
  }
  for (const std::string& dataset : options.train) {
    if (!options.mix.empty() && !options.mix.contains(dataset)) {
      faults.add("data.mix must name every dataset of data.train, or none; " + printable(dataset) + " is missing");
    }
  }
  faults.in_range("data.replay", options.replay, 0, 0.99);
  check_dataset_names("data.replay_from", options.replay_from, faults);
  for (const std::string& dataset : options.replay > 0 ? options.train : std::vector<std::string>()) {
    if (std::ranges::find(options.replay_from, dataset) == options.replay_from.end()) continue;
    faults.add("data.train must hold new datasets alone with data.replay, got " + printable(dataset) +
               ", which the detector of model.init was trained on: leave it out, for data.replay draws from it; or set "
               "data.replay = 0 and say in data.mix how much of each an epoch draws");
  }
  if (options.replay > 0 && options.permute_labels) {
    faults.add("data.replay must be 0 with data.permute_labels: what a detector has learned is no chance");
  }
  faults.at_least("data.block_crops", options.block_crops, 1);
  faults.at_least("data.window_blocks", options.window_blocks, 1);
  return faults.take();
}

}  // namespace unmask
