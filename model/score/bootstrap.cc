#include "model/score/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/disjoint_sets.h"
#include "base/philox.h"

namespace unmask {
namespace {

/// numpy.percentile, method "linear". REQUIRES: sorted, not empty.
double percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

}  // namespace

Clusters identity_clusters(std::span<const VideoIdentities> videos) {
  DisjointSets sets(videos.size());
  std::map<std::string, std::uint32_t> first_with;
  for (std::uint32_t i = 0; i < videos.size(); ++i) {
    for (const std::string* identity : {&videos[i].target, &videos[i].source}) {
      if (!identity->empty()) sets.unite(first_with.try_emplace(*identity, i).first->second, i);
    }
  }
  Clusters clusters;
  for (std::uint32_t i = 0; i < videos.size(); ++i) {
    const std::size_t first = sets.find(i);
    clusters.of.push_back(first == i ? clusters.count++ : clusters.of[first]);
  }
  return clusters;
}

std::vector<std::vector<double>> resampled(const Clusters& clusters, std::size_t statistics,
                                           const ResampleStatistic& statistic, const BootstrapOptions& options) {
  std::vector<std::vector<double>> drawn(statistics);
  if (clusters.count < 2) return drawn;
  std::vector<double> times(clusters.count), values(statistics);
  for (int resample = 0; resample < options.resamples; ++resample) {
    Draws draws(options.seed, DrawFor::kBootstrap, static_cast<std::uint32_t>(resample));
    std::ranges::fill(times, 0);
    for (std::uint32_t i = 0; i < clusters.count; ++i) times[draws.below(clusters.count)] += 1;
    statistic(times, values);
    for (std::size_t i = 0; i < statistics; ++i) drawn[i].push_back(values[i]);
  }
  return drawn;
}

std::optional<Interval> percentile_interval(std::vector<double> values) {
  const std::size_t drawn = values.size();
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty() || values.size() * 20 < drawn * 19) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{percentile(values, 0.025), percentile(values, 0.975)};
}

std::vector<std::optional<Interval>> bootstrap(const Clusters& clusters, std::size_t statistics,
                                               const ResampleStatistic& statistic, const BootstrapOptions& options) {
  std::vector<std::optional<Interval>> intervals;
  for (std::vector<double>& values : resampled(clusters, statistics, statistic, options))
    intervals.push_back(percentile_interval(std::move(values)));
  return intervals;
}

}  // namespace unmask
