#include "model/score/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "base/philox.h"
#include "model/score/logistic_line.h"
#include "model/score/metric_intervals.h"
#include "tests/support/python.h"

namespace unmask {
namespace {

Clusters alone(std::size_t videos) { return identity_clusters(std::vector<VideoIdentities>(videos)); }

/// Reals at 0.001, 0.002, …; fakes the same way up to 1.
std::vector<Scored> some_videos(int reals, int fakes) {
  std::vector<Scored> videos;
  for (int i = 0; i < reals; ++i) videos.push_back({0, (i + 1) * 0.6 / reals});
  for (int i = 0; i < fakes; ++i) videos.push_back({1, 1 - (i + 0.5) * 0.6 / fakes});
  return videos;
}

std::string refusal(const std::function<void()>& work, ErrorKind kind) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "nothing was refused";
}

TEST(CalibrationTest, EqualsSciPysScikitLearnsAndTheDefinitions) {
  std::istringstream reference(test_support::run_python("tests/model/score/calibration_reference.py", {"fit"}));
  int compared = 0;
  for (std::size_t n = 0; reference >> n; ++compared) {
    std::vector<Scored> videos(n);
    for (Scored& video : videos) {
      int label = 0;
      reference >> label;
      video.label = static_cast<std::uint8_t>(label);
    }
    for (Scored& video : videos) reference >> video.score;
    double temperature = 0, shift = 0, sklearn_temperature = 0, sklearn_shift = 0;
    double ece = 0, ece_after = 0, cllr = 0, cllr_after = 0;
    reference >> temperature >> shift >> sklearn_temperature >> sklearn_shift;
    reference >> ece >> ece_after >> cllr >> cllr_after;
    const Calibration calibration = fit_calibration(videos, alone(n), "calibration");
    EXPECT_NEAR(calibration.temperature, temperature, 1e-5 * temperature) << n;
    EXPECT_NEAR(calibration.shift, shift, 1e-5 * (1 + std::abs(shift))) << n;
    EXPECT_NEAR(calibration.temperature, sklearn_temperature, 1e-3 * temperature) << n;  // it stops earlier
    EXPECT_NEAR(calibration.shift, sklearn_shift, 1e-3 * (1 + std::abs(shift))) << n;
    EXPECT_NEAR(calibration.ece.before, ece, 1e-12) << n;
    EXPECT_NEAR(calibration.ece.after, ece_after, 1e-5) << n;
    EXPECT_NEAR(calibration.cllr.before, cllr, 1e-12) << n;
    EXPECT_NEAR(calibration.cllr.after, cllr_after, 1e-5) << n;
    ASSERT_TRUE(calibration.cllr.after_interval && calibration.ece.before_interval);
    EXPECT_LE(calibration.cllr.after_interval->low, calibration.cllr.after);
    EXPECT_GE(calibration.cllr.after_interval->high, calibration.cllr.after);
  }
  EXPECT_EQ(compared, 5);
}

/// Draws differ, so ends do: one of 1,000 resamples has a standard error of 2.2% of the interval's width, one of
/// SciPy's 2,000 of 1.5%; four of both together are 10%.
TEST(CalibrationTest, IntervalsOverPeopleAreSciPys) {
  std::istringstream reference(test_support::run_python("tests/model/score/calibration_reference.py", {"intervals"}));
  std::size_t n = 0;
  Clusters people;
  reference >> n >> people.count;
  ASSERT_GT(n, 100u);
  people.of.resize(n);
  std::vector<Scored> videos(n);
  for (std::uint32_t& person : people.of) reference >> person;
  for (Scored& video : videos) {
    int label = 0;
    reference >> label;
    video.label = static_cast<std::uint8_t>(label);
  }
  for (Scored& video : videos) reference >> video.score;
  const MetricIntervals metrics = metric_intervals(videos, people.of, people);
  const Calibration calibration = fit_calibration(videos, people, "calibration");
  for (const auto& [name, ours] : {std::pair("auc", metrics.auc),
                                   {"calibration error", calibration.ece.before_interval},
                                   {"Cllr", calibration.cllr.before_interval}}) {
    Interval wanted;
    ASSERT_TRUE(reference >> wanted.low >> wanted.high) << name;
    ASSERT_TRUE(ours) << name;
    const double most = 0.1 * (wanted.high - wanted.low);
    EXPECT_NEAR(ours->low, wanted.low, most) << name;
    EXPECT_NEAR(ours->high, wanted.high, most) << name;
  }
}

TEST(CalibrationTest, TheShareOfFakesIsNotInTheRatio) {
  // Normal logits around -1 and 1: their ratio is twice the logit, however many fakes there are.
  Draws draws(1, DrawFor::kProbe);
  std::vector<Scored> few;
  for (int i = 0; i < 4000; ++i)
    few.push_back({static_cast<std::uint8_t>(i % 2), sigmoid(draws.normal() + (i % 2 == 1 ? 1 : -1))});
  std::vector<Scored> many = few;
  for (std::size_t i = 0; i < few.size() * 8; ++i) {
    if (few[i % few.size()].label == 1) many.push_back(few[i % few.size()]);
  }
  const Calibration of_few = fit_calibration(few, Clusters{std::vector<std::uint32_t>(few.size()), 1}, "calibration");
  const Calibration of_many =
      fit_calibration(many, Clusters{std::vector<std::uint32_t>(many.size()), 1}, "calibration");
  EXPECT_NEAR(of_few.temperature, 0.5, 0.02);
  EXPECT_NEAR(calibrated_probability(of_few, 0.5), 0.5, 0.02);
  EXPECT_NEAR(calibrated_probability(of_many, 0.5), 0.9, 0.02);
  for (const double logit : {-1.0, 0.0, 1.0}) {
    EXPECT_NEAR(log_likelihood_ratio(of_few, sigmoid(logit)), 2 * logit, 0.15);
    EXPECT_NEAR(log_likelihood_ratio(of_many, sigmoid(logit)), 2 * logit, 0.15);
  }
  EXPECT_NEAR(probability_at_prior(log_likelihood_ratio(of_many, 0.5), 0.9), calibrated_probability(of_many, 0.5),
              1e-12);
  EXPECT_NEAR(probability_at_prior(0, 0.01), 0.01, 1e-15);
}

TEST(CalibrationTest, AThresholdKeepsItsRateAndItsBoundIsClopperPearsons) {
  const Calibration calibration = fit_calibration(some_videos(300, 50), alone(350), "calibration");
  const FalsePositiveThreshold& one = threshold_for(calibration, 0.01);
  EXPECT_NEAR(one.score, 297 * 0.002, 1e-12);  // three of 300 lie above it
  EXPECT_EQ(one.measured, 0.01);
  EXPECT_EQ(one.upper, upper_bound_95(3, 300));
  EXPECT_NEAR(one.fakes_found, 34.0 / 50, 1e-12);
  EXPECT_EQ(one.llr, log_likelihood_ratio(calibration, one.score));
  EXPECT_EQ(threshold_for(calibration, 0.2).measured, 0.2);
  std::istringstream reference(test_support::run_python("tests/model/score/calibration_reference.py", {"bounds"}));
  std::int64_t found = 0, n = 0, compared = 0;
  for (double bound = 0; reference >> found >> n >> bound; ++compared)
    EXPECT_NEAR(upper_bound_95(found, n), bound, 1e-9) << found << " of " << n;
  EXPECT_GT(compared, 20);
  EXPECT_EQ(upper_bound_95(3, 3), 1);
}

TEST(CalibrationTest, EqualScoresStayBelowTheRate) {
  std::vector<Scored> videos(100, Scored{0, 0.25});
  for (int i = 0; i < 20; ++i) videos.push_back({1, 0.75});
  const Calibration calibration = fit_calibration(videos, alone(videos.size()), "calibration");
  EXPECT_EQ(threshold_for(calibration, 0.05).score, 0.25);
  EXPECT_EQ(threshold_for(calibration, 0.05).measured, 0);
  EXPECT_EQ(threshold_for(calibration, 0.05).fakes_found, 1);
}

TEST(CalibrationTest, ARateThatTheRealVideosDoNotSupportIsRefused) {
  const Calibration calibration = fit_calibration(some_videos(60, 60), alone(120), "calibration");
  EXPECT_EQ(threshold_for(calibration, 0.05).measured, 0.05);
  EXPECT_EQ(
      refusal([&] { threshold_for(calibration, 0.01); }, ErrorKind::kUsage),
      "a false-positive rate of 0.01 takes 300 real videos to calibrate on (3 / rate), and this model had 60; rates "
      "that they support: 0.05, 0.1, 0.2");
  EXPECT_EQ(refusal([&] { threshold_for(calibration, 0.07); }, ErrorKind::kUsage),
            "the model has no threshold for a false-positive rate of 0.07; those that it has: 0.05, 0.1, 0.2");
  const Calibration tiny = fit_calibration(some_videos(5, 5), alone(10), "calibration");
  EXPECT_TRUE(tiny.thresholds.empty());
  EXPECT_NE(refusal([&] { threshold_for(tiny, 0.1); }, ErrorKind::kUsage).find("support: none"), std::string::npos);
}

TEST(CalibrationTest, RefusesOneClassAndScoresThatFallWithFakes) {
  EXPECT_EQ(refusal([] { fit_calibration(some_videos(4, 0), alone(4), "calibration"); }, ErrorKind::kData),
            "calibration wants real and fake videos, and there are 4 real and 0 fake ones with a face");
  std::vector<Scored> turned = some_videos(20, 20);
  for (Scored& video : turned) video.score = 1 - video.score;
  EXPECT_NE(refusal([&] { fit_calibration(turned, alone(40), "calibration"); }, ErrorKind::kData).find("not higher"),
            std::string::npos);
  const std::vector<Scored> equal = {{0, 0.5}, {1, 0.5}, {0, 0.5}, {1, 0.5}};
  EXPECT_NE(refusal([&] { fit_calibration(equal, alone(4), "calibration"); }, ErrorKind::kData).find("not higher"),
            std::string::npos);
}

TEST(CalibrationTest, IsTextAndBack) {
  Calibration calibration = fit_calibration(some_videos(100, 70), alone(170), kFittedOnVal);
  EXPECT_EQ(calibration_from_json(to_json(calibration)), calibration);
  calibration.datasets = {{"base", 100, 50, 0.75, Interval{0.5, 1}}, {"augment", 70, 1}};
  EXPECT_EQ(calibration_from_json(to_json(calibration)), calibration);
  EXPECT_EQ(to_json(calibration_from_json(to_json(calibration))), to_json(calibration));
  const Calibration lone = fit_calibration(some_videos(3, 3), Clusters{{0, 0, 0, 0, 0, 0}, 1}, "calibration");
  EXPECT_FALSE(lone.ece.after_interval) << "of one cluster there is no interval";
  EXPECT_EQ(calibration_from_json(to_json(lone)), lone);
  for (const char* damaged : {"", "{}", "[1]", "\xff", R"({"format":"unmask.calibration.2"})"})
    EXPECT_NE(refusal([&] { calibration_from_json(damaged); }, ErrorKind::kData).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace unmask
