// Whose weights a sweep keeps: best.safetensors of the keep_best best trials of each set of training datasets. Pure.
//
//   for (const int id : unneeded_weights(trials, options.keep_best)) remove(folder.best_model(id));
#pragma once

#include <vector>

#include "sweep/run/results.h"

namespace unmask {

/// Ids of the trials that are over and whose weights nothing will need. A trial that is named once can't come back: a
/// point that may still get a better mean keeps its own best ones until all of its seeds are over.
std::vector<int> unneeded_weights(const std::vector<SweepTrial>& trials, int keep_best);

}  // namespace unmask
