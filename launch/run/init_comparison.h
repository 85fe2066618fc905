// What training on from a detector won on the new datasets and lost on the old: chosen/against_init.json.
//
//   write_chosen(folder, trials, note);
//   compare_with_init(folder, {stores, device, local_rank}, stop, note);
//   std::cout << init_comparison_text(folder);
#pragma once

#include <atomic>
#include <string>

#include "launch/run/chosen_calibration.h"

namespace unmask {

/// Where model.init of the chosen trial is a detector of ours: scores both on the split val of data.val and of the
/// datasets that the detector was trained on, and on the split test of data.test, and writes the paired differences
/// (model/score/comparison.h). Nothing where the file is of these models and stores already. Rank zero does it alone:
/// the same bits for any number of them. Doesn't throw: a run isn't lost by it, `note` is told why.
void compare_with_init(const RunFolder& folder, const CalibrationPlace& place, const std::atomic<bool>& stop,
                       const Note& note);

/// The comparison for people; "" where there is none, or it is of another model than the chosen one is now.
std::string init_comparison_text(const RunFolder& folder);

}  // namespace unmask
