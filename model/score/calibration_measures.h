// How well probabilities and log-likelihood ratios of videos hold, for whole sets and for their resamples. Pure.
//
//   const CalibrationError error(videos, probabilities, clusters);
//   const double ece = error.of(std::vector<double>(clusters.count, 1));
#pragma once

#include <span>
#include <vector>

#include "model/score/bootstrap.h"
#include "model/score/metrics.h"

namespace unmask {

/// Expected calibration error: 15 bins of equal width over the probability of a fake; in each the gap between the mean
/// probability and the share of fakes, weighed by its videos. All references must outlive it.
class CalibrationError {
 public:
  CalibrationError(std::span<const Scored> videos, std::vector<double> probabilities, const Clusters& clusters);
  /// Every video counts as often as its cluster.
  double of(std::span<const double> times) const;

 private:
  std::span<const Scored> videos_;
  std::vector<double> probabilities_;
  const Clusters& clusters_;
};

/// Cllr, the cost of log-likelihood ratios (natural logarithm) in bits: half the mean over fakes of log2(1 + exp(-llr))
/// and half that over reals of log2(1 + exp(llr)). All references must outlive it.
class RatioCost {
 public:
  RatioCost(std::span<const Scored> videos, std::span<const double> llrs, const Clusters& clusters);
  /// NaN where the clusters drawn hold one class only.
  double of(std::span<const double> times) const;

 private:
  std::span<const Scored> videos_;
  const Clusters& clusters_;
  std::vector<double> costs_;
};

}  // namespace unmask
