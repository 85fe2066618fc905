#include "model/score/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "base/number_text.h"
#include "base/philox.h"
#include "tests/support/python.h"

namespace unmask {
namespace {

TEST(BootstrapTest, VideosThatShareAPersonAreOneCluster) {
  const std::vector<VideoIdentities> videos = {{"a", ""}, {"b", ""},  {"c", "b"}, {"", ""},
                                               {"d", ""}, {"d", "a"}, {"", ""}};
  const Clusters clusters = identity_clusters(videos);
  EXPECT_EQ(clusters.of, (std::vector<std::uint32_t>{0, 1, 1, 2, 0, 0, 3}));
  EXPECT_EQ(clusters.count, 4u);
  EXPECT_EQ(identity_clusters({}).count, 0u);
  // A chain is one cluster in whatever order it is met.
  EXPECT_EQ(
      identity_clusters(std::vector<VideoIdentities>{{"a", "b"}, {"c", "d"}, {"e", "f"}, {"d", "e"}, {"f", "a"}}).count,
      1u);
}

TEST(BootstrapTest, ItsIntervalsAreNumpysPercentiles) {
  const Clusters clusters{{0, 1, 2, 3}, 4};
  std::vector<double> seen;
  const auto weighed = [](std::span<const double> times) { return times[0] + 10 * times[1] + 100 * times[2]; };
  const auto intervals = bootstrap(clusters, 1,
                                   [&](std::span<const double> times, std::span<double> values) {
                                     EXPECT_EQ(times[0] + times[1] + times[2] + times[3], 4);
                                     seen.push_back(values[0] = weighed(times));
                                   },
                                   {.resamples = 37, .seed = 5});
  ASSERT_EQ(seen.size(), 37u);
  std::vector<std::string> arguments = {"percentiles"};
  for (const double value : seen) arguments.push_back(number_text(value));
  std::istringstream reference(test_support::run_python("tests/model/score/calibration_reference.py", arguments));
  double low = 0, high = 0;
  reference >> low >> high;
  ASSERT_TRUE(intervals[0].has_value());
  EXPECT_NEAR(intervals[0]->low, low, 1e-12);
  EXPECT_NEAR(intervals[0]->high, high, 1e-12);
}

TEST(BootstrapTest, SaysNothingOfOneClusterOrOfWhatIsSeldomDefined) {
  const auto one = [](std::span<const double>, std::span<double> values) { values[0] = 1; };
  EXPECT_FALSE(bootstrap({{0, 0}, 1}, 1, one)[0]);
  EXPECT_TRUE(bootstrap({{0, 1}, 2}, 1, one)[0]);
  const auto of_both = [](std::span<const double> times, std::span<double> values) {
    values[0] = times[0] > 0 && times[1] > 0 ? 1 : std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_FALSE(bootstrap({{0, 1}, 2}, 1, of_both)[0]);
}

/// Videos of one person are alike: the share of the truth that 95% intervals of a mean hold, over 300 simulated sets of
/// 40 people with 8 videos each.
double coverage(bool by_person) {
  int held = 0;
  for (std::uint32_t set = 0; set < 300; ++set) {
    Draws draws(11, DrawFor::kProbe, set);
    std::vector<double> values;
    Clusters clusters;
    for (std::uint32_t person = 0; person < 40; ++person) {
      const double its_own = draws.normal();
      for (int video = 0; video < 8; ++video) {
        values.push_back(its_own + 0.5 * draws.normal());
        clusters.of.push_back(by_person ? person : clusters.count);
        clusters.count = clusters.of.back() + 1;
      }
    }
    const auto mean = [&](std::span<const double> times, std::span<double> out) {
      double sum = 0, count = 0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        sum += times[clusters.of[i]] * values[i];
        count += times[clusters.of[i]];
      }
      out[0] = sum / count;
    };
    const auto interval = bootstrap(clusters, 1, mean, {.resamples = 300})[0];
    held += interval && interval->low <= 0 && interval->high >= 0 ? 1 : 0;
  }
  return held / 300.0;
}

TEST(BootstrapTest, HoldsTheTruthAsOftenAsItSaysByPersonAndNotByVideo) {
  const double by_person = coverage(true), by_video = coverage(false);
  RecordProperty("by_person", number_text(by_person));
  RecordProperty("by_video", number_text(by_video));
  EXPECT_GE(by_person, 0.91);
  EXPECT_LE(by_person, 0.98);
  EXPECT_LE(by_video, 0.75);
}

}  // namespace
}  // namespace unmask
