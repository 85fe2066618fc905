#include "report/detection_curves.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/python.h"

namespace unmask {
namespace {

std::vector<double> read(std::istream& text, std::size_t count) {
  std::vector<double> numbers(count);
  for (double& number : numbers) {
    std::string word;
    text >> word;
    number = std::stod(word);  // "inf", too
  }
  return numbers;
}

std::size_t read_count(std::istream& text) { return static_cast<std::size_t>(read(text, 1)[0]); }

/// The curve at `fpr`, from the left: the highest rate that a line between two steps reaches there.
double tpr_at(const std::vector<RocStep>& steps, double fpr) {
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].fpr < fpr) continue;
    const double width = steps[i].fpr - steps[i - 1].fpr;
    return width == 0 ? steps[i].tpr
                      : steps[i - 1].tpr + (steps[i].tpr - steps[i - 1].tpr) * (fpr - steps[i - 1].fpr) / width;
  }
  return 1;
}

bool has(const std::vector<RocStep>& steps, double fpr, double fnr) {
  return std::ranges::any_of(steps, [&](const RocStep& step) {
    return std::abs(step.fpr - fpr) < 1e-12 && std::abs(1 - step.tpr - fnr) < 1e-12;
  });
}

TEST(DetectionCurves, AreThoseOfScikitLearn) {
  std::istringstream reference(test_support::run_python("tests/report/detection_curves_reference.py", {}));
  std::size_t draws = 0;
  for (std::size_t n = 0; reference >> n; ++draws) {
    std::vector<Scored> samples(n);
    for (Scored& sample : samples) sample.label = read(reference, 1)[0] == 1 ? 1 : 0;
    for (Scored& sample : samples) sample.score = read(reference, 1)[0];

    const std::size_t count = read_count(reference);
    const auto fpr = read(reference, count), tpr = read(reference, count), threshold = read(reference, count);
    const std::vector<RocStep> steps = roc_steps(samples);
    ASSERT_EQ(steps.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_DOUBLE_EQ(steps[i].fpr, fpr[i]);
      EXPECT_DOUBLE_EQ(steps[i].tpr, tpr[i]);
      EXPECT_DOUBLE_EQ(steps[i].threshold, threshold[i]);
    }
    const std::size_t errors = read_count(reference);
    const auto false_alarms = read(reference, errors), missed = read(reference, errors);
    read(reference, errors);
    for (std::size_t i = 0; i < errors; ++i) EXPECT_TRUE(has(steps, false_alarms[i], missed[i])) << i;

    const std::vector<RocStep> few = thinned(steps);
    EXPECT_LE(few.size(), 2500u);
    for (std::size_t i = 0; i < count; i += 1 + count / 500)
      EXPECT_NEAR(tpr_at(few, fpr[i]), tpr_at(steps, fpr[i]), 0.0041) << n << " samples at " << fpr[i];

    const std::size_t filled = read_count(reference);
    const auto share = read(reference, filled), mean = read(reference, filled);
    const std::vector<ReliabilityBin> bins = reliability(samples);
    ASSERT_EQ(bins.size(), filled) << n;
    for (std::size_t i = 0; i < filled; ++i) {
      EXPECT_NEAR(bins[i].share, share[i], 1e-12) << n << ", bin " << i;
      EXPECT_NEAR(bins[i].mean, mean[i], 1e-12);
      const auto ends = read(reference, 2);
      EXPECT_NEAR(bins[i].interval.low, ends[0], 1e-9);
      EXPECT_NEAR(bins[i].interval.high, ends[1], 1e-9);
    }
    const auto confusion = read(reference, 4);
    // Above 0.4: the step of the lowest score above it.
    const auto last = std::ranges::find_if(steps, [](const RocStep& step) { return step.threshold <= 0.4; }) - 1;
    EXPECT_NEAR(last->fpr, confusion[1] / (confusion[0] + confusion[1]), 1e-12);
    EXPECT_NEAR(last->tpr, confusion[3] / (confusion[2] + confusion[3]), 1e-12);
  }
  EXPECT_EQ(draws, 5u);
}

TEST(DetectionCurves, ThinningKeepsTheCornersWhereRatesAreSmall) {
  std::vector<Scored> samples;
  for (int i = 0; i < 100'000; ++i) samples.push_back({0, i / 200'000.0});
  for (int i = 0; i < 100'000; ++i) samples.push_back({1, 0.49999 - i / 1e9 + (i % 2) * 0.4});
  const std::vector<RocStep> steps = roc_steps(samples), few = thinned(steps);
  EXPECT_LT(few.size(), 2500u);
  EXPECT_EQ(few.front().threshold, steps.front().threshold);
  EXPECT_EQ(few.back().fpr, 1);
  const auto below = [](const std::vector<RocStep>& list, double fpr) {
    return std::ranges::count_if(list, [&](const RocStep& step) { return step.fpr > 0 && step.fpr < fpr; });
  };
  EXPECT_GT(below(few, 0.001), 5) << "what lies left of a thousandth can be seen on axes of deviates";
}

TEST(DetectionCurves, OneClassHasNone) {
  const std::vector<Scored> reals = {{0, 0.1}, {0, 0.9}};
  EXPECT_TRUE(roc_steps(reals).empty());
  EXPECT_TRUE(thinned({}).empty());
  EXPECT_TRUE(reliability({}).empty());
  EXPECT_EQ(reliability(std::vector<Scored>{{1, 1.0}}).at(0).share, 1) << "a score of one is in the last bin";
}

}  // namespace
}  // namespace unmask
