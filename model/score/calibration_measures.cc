#include "model/score/calibration_measures.h"

#include <algorithm>
#include <array>
#include <cmath>

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
