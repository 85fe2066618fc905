#include "model/score/metrics.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "base/philox.h"
#include "tests/support/python.h"

namespace unmask {
namespace {

TEST(MetricsTest, EqualScikitLearnsWithTies) {
  std::istringstream reference(test_support::run_python("tests/model/train/reference.py", {"metrics"}));
  int compared = 0;
  for (std::size_t n = 0; reference >> n; ++compared) {
    std::vector<Scored> samples(n);
    for (Scored& sample : samples) {
      int label = 0;
      reference >> label;
      sample.label = static_cast<std::uint8_t>(label);
    }
    for (Scored& sample : samples) reference >> sample.score;
    double accuracy = 0, balanced = 0, auc = 0, eer = 0, precision = 0, at_1 = 0, at_5 = 0;
    reference >> accuracy >> balanced >> auc >> eer >> precision >> at_1 >> at_5;
    const DetectionMetrics metrics = detection_metrics(samples);
    EXPECT_NEAR(metrics.accuracy, accuracy, 1e-12);
    EXPECT_NEAR(metrics.balanced_accuracy.value(), balanced, 1e-12);
    EXPECT_NEAR(metrics.auc.value(), auc, 1e-12);
    EXPECT_NEAR(metrics.eer.value(), eer, 1e-12);
    EXPECT_NEAR(metrics.average_precision.value(), precision, 1e-12);
    EXPECT_NEAR(metrics.tpr_at_fpr_1.value(), at_1, 1e-12);
    EXPECT_NEAR(metrics.tpr_at_fpr_5.value(), at_5, 1e-12);
  }
  EXPECT_EQ(compared, 40);
}

TEST(MetricsTest, OfOneClassHaveNoAuc) {
  const std::vector<Scored> fakes{{1, 0.9}, {1, 0.2}};
  const DetectionMetrics metrics = detection_metrics(fakes);
  EXPECT_EQ(metrics.accuracy, 0.5);
  EXPECT_FALSE(metrics.auc || metrics.eer || metrics.average_precision || metrics.balanced_accuracy);
  EXPECT_EQ(metrics.count, 2);
  EXPECT_EQ(metrics.fakes, 2);
  const DetectionMetrics of_reals = detection_metrics(std::vector<Scored>{{0, 0.5}, {0, 0.25}, {0, 0.75}});
  EXPECT_EQ(of_reals.fakes, 0);
  EXPECT_EQ(of_reals.accuracy, 2.0 / 3);  // 0.5 is not called fake
  EXPECT_FALSE(of_reals.auc || of_reals.eer || of_reals.average_precision || of_reals.balanced_accuracy);
  EXPECT_EQ(detection_metrics({}).count, 0);
  EXPECT_EQ(detection_metrics({}).accuracy, 0);
}

TEST(MetricsTest, AWeightIsSoManyOfTheSameSample) {
  std::vector<Scored> samples;
  std::vector<std::uint32_t> group_of;
  Draws draws(3, DrawFor::kProbe);
  for (std::uint32_t i = 0; i < 60; ++i) {
    samples.push_back({static_cast<std::uint8_t>(i % 2), draws.below(8) / 8.0});
    group_of.push_back(i % 7);
  }
  RankedSamples ranked(samples, group_of);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> weights;
    for (int group = 0; group < 7; ++group) weights.push_back(draws.below(4));
    std::vector<Scored> written_out;
    for (std::size_t i = 0; i < samples.size(); ++i)
      written_out.insert(written_out.end(), static_cast<std::size_t>(weights[group_of[i]]), samples[i]);
    const DetectionMetrics weighed = ranked.metrics(weights), wanted = detection_metrics(written_out);
    EXPECT_EQ(weighed.count, wanted.count);
    EXPECT_EQ(weighed.fakes, wanted.fakes);
    EXPECT_EQ(weighed.accuracy, wanted.accuracy);
    EXPECT_EQ(weighed.balanced_accuracy, wanted.balanced_accuracy);
    EXPECT_EQ(weighed.auc, wanted.auc);
    EXPECT_EQ(weighed.eer, wanted.eer);
    EXPECT_EQ(weighed.average_precision, wanted.average_precision);
    EXPECT_EQ(weighed.tpr_at_fpr_1, wanted.tpr_at_fpr_1);
    EXPECT_EQ(weighed.tpr_at_fpr_5, wanted.tpr_at_fpr_5);
  }
}

TEST(MetricsOfVideosTest, AreTheMeanOfTheirFrames) {
  const std::vector<Scored> frames{{1, 0.5}, {0, 0.25}, {1, 1.0}, {0, 0.75}};
  const std::vector<std::uint32_t> video_of{0, 1, 0, 1};
  const std::vector<Scored> videos = video_scores(frames, video_of);
  ASSERT_EQ(videos.size(), 2u);
  EXPECT_EQ(videos[0].label, 1);
  EXPECT_EQ(videos[0].score, 0.75);
  EXPECT_EQ(videos[1].label, 0);
  EXPECT_EQ(videos[1].score, 0.5);
  const std::vector<Scored> other_order = video_scores(frames, std::vector<std::uint32_t>{1, 0, 1, 0});
  ASSERT_EQ(other_order.size(), 2u);
  EXPECT_EQ(other_order[1].label, 1);
  EXPECT_EQ(other_order[1].score, 0.75);
  EXPECT_EQ(other_order[0].score, 0.5);
}

}  // namespace
}  // namespace unmask
