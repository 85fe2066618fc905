// How well probabilities and log-likelihood ratios of videos hold, for whole sets and for their resamples. Pure.
//
//   const CalibrationError error(videos, probabilities, clusters);
//   const double ece = error.of(std::vector<double>(clusters.count, 1));
#pragma once

#include <optional>
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

/// The interval of 95% of an expected calibration error, `measured` on all videos and on each resample of their
/// clusters. Noise makes a gap's magnitude larger, so the error is measured too large and the interval may lie below:
/// resamples, which have the noise twice, tell by how much. Nothing where there are none.
std::optional<Interval> calibration_error_interval(double measured, const std::vector<double>& of_resamples);

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
