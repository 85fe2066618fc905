// How sure a score is: bootstrap over clusters of videos. Videos that show one person, as target or source, are not
// independent: they are drawn together. Pure: the same bits everywhere, from a seed.
//
//   const Clusters clusters = identity_clusters(identities);  // one a video
//   const auto intervals = bootstrap(clusters, 1, [&](std::span<const double> times_drawn, std::span<double> values) {
//     values[0] = auc_of(videos, clusters, times_drawn);
//   });
//   if (intervals[0]) std::cout << intervals[0]->low << " to " << intervals[0]->high;  // 95%
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace unmask {

/// Of 95%, both ends included.
struct Interval {
  double low = 0, high = 0;
  bool operator==(const Interval&) const = default;
};

/// Who is seen in a video; "" is nobody known.
struct VideoIdentities {
  std::string target, source;
};

struct Clusters {
  std::vector<std::uint32_t> of;  // of each video: 0 … count - 1, in order of first appearance
  std::uint32_t count = 0;
};

/// Videos that share an identity, or share one with a video that does, are one cluster. One of nobody known is alone.
Clusters identity_clusters(std::span<const VideoIdentities> videos);

struct BootstrapOptions {
  int resamples = 1000;
  std::uint64_t seed = 0;
};

/// Values of one resample, from how often each cluster was drawn; NaN where one isn't defined (of one class).
using ResampleStatistic = std::function<void(std::span<const double> times_drawn, std::span<double> values)>;

/// Of each of `statistics` values what the resamples give, in their order; nothing with fewer than two clusters.
std::vector<std::vector<double>> resampled(const Clusters& clusters, std::size_t statistics,
                                           const ResampleStatistic& statistic, const BootstrapOptions& options = {});

/// numpy's linear percentiles 2.5 and 97.5 of one value's resamples. Nothing where more than a twentieth of them have
/// no value, or there are none.
std::optional<Interval> percentile_interval(std::vector<double> values);

/// Percentile intervals of `statistics` values.
std::vector<std::optional<Interval>> bootstrap(const Clusters& clusters, std::size_t statistics,
                                               const ResampleStatistic& statistic,
                                               const BootstrapOptions& options = {});

}  // namespace unmask
