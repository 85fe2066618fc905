#include "model/score/calibration_measures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "model/score/logistic_line.h"

namespace unmask {
namespace {

constexpr int kBins = 15;

}  // namespace

CalibrationError::CalibrationError(std::span<const Scored> videos, std::vector<double> probabilities,
                                   const Clusters& clusters)
    : videos_(videos), probabilities_(std::move(probabilities)), clusters_(clusters) {}

double CalibrationError::of(std::span<const double> times) const {
  std::array<double, kBins> gap{};
  double all = 0;
  for (std::size_t i = 0; i < videos_.size(); ++i) {
    const double weight = times[clusters_.of[i]];
    const auto bin = std::min(static_cast<int>(probabilities_[i] * kBins), kBins - 1);
    gap.at(static_cast<std::size_t>(bin)) += weight * (probabilities_[i] - (videos_[i].label != 0 ? 1 : 0));
    all += weight;
  }
  double sum = 0;
  for (const double each : gap) sum += std::abs(each);
  return sum / all;
}

std::optional<Interval> calibration_error_interval(double measured, const std::vector<double>& of_resamples) {
  const std::optional<Interval> around = percentile_interval(of_resamples);
  if (!around) return std::nullopt;
  const double size = static_cast<double>(of_resamples.size());
  const double mean = std::accumulate(of_resamples.begin(), of_resamples.end(), 0.0) / size;
  // Where nothing but normal noise e makes a gap, its bias is E|e|, and a resample's gap e + e' has √2 E|e|:
  // resamples show √2 - 1 of the bias. A gap that is wide beside its noise has none, and they show none. The lower
  // end is for the former case; the upper one takes off what shows.
  const double shown = std::max(0.0, mean - measured), all = shown / (std::sqrt(2.0) - 1);
  const double low = measured - all - (around->high - mean), high = measured - shown + (mean - around->low);
  return Interval{std::max(0.0, low), std::max(0.0, high)};
}

RatioCost::RatioCost(std::span<const Scored> videos, std::span<const double> llrs, const Clusters& clusters)
    : videos_(videos), clusters_(clusters) {
  for (std::size_t i = 0; i < videos.size(); ++i)
    costs_.push_back(softplus(videos[i].label != 0 ? -llrs[i] : llrs[i]) / std::log(2.0));
}

double RatioCost::of(std::span<const double> times) const {
  std::array<double, 2> cost{}, count{};
  for (std::size_t i = 0; i < videos_.size(); ++i) {
    const double weight = times[clusters_.of[i]];
    const std::size_t label = videos_[i].label != 0 ? 1 : 0;
    cost.at(label) += weight * costs_[i];
    count.at(label) += weight;
  }
  return (cost[0] / count[0] + cost[1] / count[1]) / 2;
}

}  // namespace unmask
