#include "model/score/metric_intervals.h"

#include <algorithm>
#include <limits>

namespace unmask {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

BootstrapOptions options_for(std::size_t samples) {
  constexpr std::size_t kWork = 200'000'000;  // samples of all resamples together: about a second
  return {.resamples = static_cast<int>(std::clamp<std::size_t>(kWork / std::max<std::size_t>(samples, 1), 200, 1000))};
}

MetricIntervals intervals_of(const Clusters& clusters, std::size_t samples, const ResampleStatistic& statistic) {
  const auto found = bootstrap(clusters, kMetrics.size(), statistic, options_for(samples));
  MetricIntervals intervals;
  for (std::size_t i = 0; i < kMetrics.size(); ++i) intervals.*kMetrics.at(i).interval = found[i];
  return intervals;
}

}  // namespace

MetricIntervals metric_intervals(std::span<const Scored> samples, std::span<const std::uint32_t> cluster_of,
                                 const Clusters& clusters) {
  RankedSamples ranked(samples, cluster_of);
  return intervals_of(clusters, samples.size(), [&](std::span<const double> times, std::span<double> values) {
    const DetectionMetrics metrics = ranked.metrics(times);
    for (std::size_t i = 0; i < kMetrics.size(); ++i) values[i] = (metrics.*kMetrics.at(i).value).value_or(kNone);
  });
}

MetricIntervals difference_intervals(std::span<const Scored> ours, std::span<const Scored> theirs,
                                     std::span<const std::uint32_t> cluster_of, const Clusters& clusters) {
  RankedSamples one(ours, cluster_of), other(theirs, cluster_of);
  return intervals_of(clusters, 2 * ours.size(), [&](std::span<const double> times, std::span<double> values) {
    const DetectionMetrics a = one.metrics(times), b = other.metrics(times);
    for (std::size_t i = 0; i < kMetrics.size(); ++i)
      values[i] = (a.*kMetrics.at(i).value).value_or(kNone) - (b.*kMetrics.at(i).value).value_or(kNone);
  });
}

}  // namespace unmask
