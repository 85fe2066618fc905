#include "model/score/metric_intervals.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/number_text.h"
#include "base/philox.h"
#include "model/score/logistic_line.h"

namespace unmask {
namespace {

/// Forty people with two real and two fake videos each, which are alike: what is a person's own is in all of them.
struct Simulated {
  std::vector<Scored> videos, again;  // again: by another detector, no better and no worse
  Clusters clusters;
  std::vector<VideoIdentities> identities;
};
constexpr double kGap = 1.5;
/// Of two videos of different people: their difference is normal around kGap with variance 2 (1 + 1).
const double kTrueAuc = 0.5 * std::erfc(-kGap / 2 / std::sqrt(2.0));

Simulated simulate(std::uint32_t set) {
  Draws draws(21, DrawFor::kProbe, set);
  Simulated simulated;
  for (int person = 0; person < 40; ++person) {
    const double own = draws.normal();
    for (int video = 0; video < 4; ++video) {
      const auto fake = static_cast<std::uint8_t>(video % 2);
      const double seen = own + (fake == 1 ? kGap : 0) + 0.8 * draws.normal();  // some videos are hard for both
      simulated.videos.push_back({fake, sigmoid(seen + 0.6 * draws.normal())});
      simulated.again.push_back({fake, sigmoid(seen + 0.6 * draws.normal())});
      simulated.identities.push_back({"p" + std::to_string(person), ""});
    }
  }
  simulated.clusters = identity_clusters(simulated.identities);
  return simulated;
}

TEST(MetricIntervalsTest, HoldTheTruthAsOftenAsTheySay) {
  int held = 0, zero_held = 0;
  const int sets = 150;
  for (std::uint32_t set = 0; set < sets; ++set) {
    const Simulated simulated = simulate(set);
    const Clusters& clusters = simulated.clusters;
    ASSERT_EQ(clusters.count, 40u);
    const Interval auc = metric_intervals(simulated.videos, clusters.of, clusters).auc.value();
    held += auc.low <= kTrueAuc && kTrueAuc <= auc.high ? 1 : 0;
    const Interval gap = difference_intervals(simulated.videos, simulated.again, clusters.of, clusters).auc.value();
    zero_held += gap.low <= 0 && 0 <= gap.high ? 1 : 0;
    EXPECT_LT(gap.high - gap.low, 1.42 * (auc.high - auc.low)) << "unpaired it would be that wide";
  }
  RecordProperty("auc", number_text(held * 1.0 / sets));
  RecordProperty("difference", number_text(zero_held * 1.0 / sets));
  EXPECT_GE(held, 0.91 * sets);
  EXPECT_LE(held, 0.985 * sets);
  EXPECT_GE(zero_held, 0.91 * sets);
  EXPECT_LE(zero_held, 0.985 * sets);
}

TEST(MetricIntervalsTest, ADetectorIsNoBetterThanItself) {
  const Simulated simulated = simulate(0);
  const MetricIntervals gap =
      difference_intervals(simulated.videos, simulated.videos, simulated.clusters.of, simulated.clusters);
  const MetricIntervals intervals = metric_intervals(simulated.videos, simulated.clusters.of, simulated.clusters);
  const DetectionMetrics metrics = detection_metrics(simulated.videos);
  for (const MetricKind& metric : kMetrics) {
    EXPECT_EQ((gap.*metric.interval).value(), (Interval{0, 0})) << metric.name;
    EXPECT_LE((intervals.*metric.interval)->low, (metrics.*metric.value).value()) << metric.name;
    EXPECT_GE((intervals.*metric.interval)->high, (metrics.*metric.value).value()) << metric.name;
    EXPECT_LT((intervals.*metric.interval)->low, (intervals.*metric.interval)->high) << metric.name;
  }
}

TEST(MetricIntervalsTest, OfOneClassThereAreNone) {
  const std::vector<Scored> fakes(10, Scored{1, 0.5});
  const Clusters clusters = identity_clusters(std::vector<VideoIdentities>(10));
  for (const MetricKind& metric : kMetrics)
    EXPECT_FALSE(metric_intervals(fakes, clusters.of, clusters).*metric.interval);
}

}  // namespace
}  // namespace unmask
