// Curves of scores, as a page draws them: ROC (and so detection error), reliability. Pure; judged by scikit-learn.
//
//   const std::vector<RocStep> roc = thinned(roc_steps(videos));
//   for (const ReliabilityBin& bin : reliability(videos)) …  // of 0.9 to 1: said 0.95, and 93 of 100 were fakes
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/score/bootstrap.h"
#include "model/score/metrics.h"

namespace unmask {

/// Where whoever has a score of at least `threshold` is called a fake.
struct RocStep {
  double fpr = 0, tpr = 0, threshold = 0;
};

/// From nobody (threshold infinite) to everybody, a step a score. Empty where there is one class alone.
std::vector<RocStep> roc_steps(std::span<const Scored> samples);

/// Steps that can be told apart on axes of shares, or of their normal deviates, which spread the corners out:
/// two thousand or so at most. First and last stay.
std::vector<RocStep> thinned(std::span<const RocStep> steps);

/// Of the samples whose score, taken as a probability, is in one bin.
struct ReliabilityBin {
  double mean = 0;   // score
  double share = 0;  // of fakes
  std::int64_t count = 0;
  Interval interval;  // of share (Wilson, 95%)
};

/// Bins of equal width over [0, 1]; those that hold nobody are left out.
std::vector<ReliabilityBin> reliability(std::span<const Scored> samples, int bins = 15);

/// Of `found` among `n`: the interval of a share that Wilson's score test doesn't refuse. REQUIRES: n > 0.
Interval wilson_interval(std::int64_t found, std::int64_t n);

}  // namespace unmask
