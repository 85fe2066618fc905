#include "data/split/split_options.h"

#include "base/option_faults.h"

namespace unmask {

std::vector<std::string> validate(const SplitOptions& options) {
  OptionFaults faults;
  bool in_range = faults.in_range("--val", options.val, 0, 1);
  in_range &= faults.in_range("--test", options.test, 0, 1);
  in_range &= faults.in_range("--calibration", options.calibration, 0, 1);
  const double sum = options.val + options.test + options.calibration;
  if (in_range) faults.need(sum < 1, "--val, --test and --calibration together", "below 1: the rest is train", sum);
  return faults.take();
}

}  // namespace unmask
