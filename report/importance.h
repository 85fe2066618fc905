// Which parameters of a sweep mattered: how much worse a random forest predicts the objective of held-out trials when
// one parameter's values are shuffled among them (permutation importance, Breiman 2001). The forest is OpenCV's.
//
//   const Importance importance = parameter_importance(space, trials);
//   if (importance.explained > 0) for (const KeyImportance& key : importance.keys) …
#pragma once

#include <string>
#include <vector>

#include "sweep/run/results.h"

namespace unmask {

struct KeyImportance {
  std::string key;
  double mean = 0;    // rise of the squared error, as a share of the objective's variance
  double spread = 0;  // standard deviation over the repeats (other folds, forests and shuffles)
};

struct Importance {
  double explained = 0;  // share of the variance that the forest explains in held-out trials; may be negative
  int trials = 0;        // with an objective
  std::vector<KeyImportance> keys;  // most important first; empty below kFewestTrials
};

/// With fewer a forest says nothing.
inline constexpr int kFewestTrials = 10;

/// Equal input gives equal numbers. All seeds of a point are in one fold.
Importance parameter_importance(const std::vector<SpaceKey>& space, const std::vector<SweepTrial>& trials);

}  // namespace unmask
