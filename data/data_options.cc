#include "data/data_options.h"

#include "base/option_faults.h"
#include "data/store_paths.h"

namespace unmask {

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
  return faults.take();
}

}  // namespace unmask
