#include "model/train/trial_scorer.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "dist/loopback_communicator.h"
#include "model/score/scorer.h"
#include "tests/model/train/small_trial.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

class TrialScorerTest : public testing::Test {
 protected:
  TrialScorerTest() : options_(small_trial(folder_)) {
    options_.data.val = {"base", "augment"};
    options_.data.test = {"augment"};
  }
  TrialScorer scorer_of(OpenTrial& trial, Communicator& group) {
    return TrialScorer(trial.options, trial.data, trial.state, group, place_, observer_, {});
  }
  std::vector<SampleScore> scores(OpenTrial& trial, const SampleList& samples,
                                  const std::vector<std::uint32_t>& which) {
    return score_samples(trial.state.classifier, Precision::kFp32, samples, which, *alone_, place_);
  }
  DatasetScores row_of(OpenTrial& trial, const ScoredDataset& dataset) {
    return dataset_scores(dataset.name, dataset.samples, dataset.video_of, scores(trial, dataset.samples, dataset.all));
  }

  test_support::TemporaryFolder folder_;
  TrialOptions options_;
  ComputePlace place_;
  TrainObserver observer_;
  std::unique_ptr<Communicator> alone_ = make_loopback_communicator();
};

TEST_F(TrialScorerTest, AnEpochsRowHasItsNumbersTheRateAndEveryDataset) {
  OpenTrial trial(options_);
  trial.state.step = 3;
  const EpochRow row = scorer_of(trial, *alone_).score_epoch();
  EXPECT_EQ(row.epoch, 1);
  EXPECT_EQ(row.step, 3);
  // One cycle of six steps, peak 5e-5 at 0.8 of the first: the third step is (2 - 0.8) / (5 - 0.8) of the cosine down.
  EXPECT_NEAR(row.lr, 4.0587e-5, 1e-9);
  ASSERT_EQ(row.val.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(row.val[i], row_of(trial, *trial.data.val()[i]));
}

TEST_F(TrialScorerTest, TrainLossAndAccuracyAreThoseOfTheFixedCrops) {
  OpenTrial trial(options_);
  trial.state.step = 3;
  const auto& fixed = trial.data.fixed_train_sample();
  ASSERT_EQ(fixed.size(), 3u);
  double loss = 0, right = 0;
  const auto scored = scores(trial, trial.data.train(), fixed);
  for (std::size_t i = 0; i < 3; ++i) {
    loss += scored[i].loss / 3;
    right += (scored[i].fake_probability > 0.5) == (trial.data.train()[fixed[i]].label == 1) ? 1.0 / 3 : 0;
  }
  const EpochRow row = scorer_of(trial, *alone_).score_epoch();
  EXPECT_NEAR(row.train_loss.value(), loss, 1e-12);
  EXPECT_NEAR(row.train_accuracy.value(), right, 1e-12);
  options_.train.score_train_crops = 0;
  OpenTrial without(options_);
  without.state.step = 3;
  EXPECT_FALSE(scorer_of(without, *alone_).score_epoch().train_loss);
}

TEST_F(TrialScorerTest, TellsWhatItScoresAndHowFarItIs) {
  OpenTrial trial(options_);
  trial.state.step = 3;
  keep_as_best(trial.state);
  std::vector<std::string> told;
  const TrialScorer* scorer = nullptr;
  ScoreControl control;
  control.after_batch = [&](int) { told.push_back(scorer->doing()); };
  TrialScorer telling(trial.options, trial.data, trial.state, *alone_, place_, observer_, control);
  scorer = &telling;
  telling.score_epoch();
  telling.score_test();
  EXPECT_EQ(told, (std::vector<std::string>{"scoring train crops 100%", "scoring base/val 100%",
                                            "scoring augment/val 100%", "scoring augment/test 100%"}));
}

TEST_F(TrialScorerTest, TheObserverHearsWhatEachSampleOfValGot) {
  struct Heard : TrainObserver {
    void on_scored(const ScoredDataset& dataset, std::span<const Scored> scores) override {
      datasets.emplace_back(dataset.name, std::vector<Scored>(scores.begin(), scores.end()));
    }
    std::vector<std::pair<std::string, std::vector<Scored>>> datasets;
  } heard;
  OpenTrial trial(options_);
  trial.state.step = 3;
  keep_as_best(trial.state);
  TrialScorer scorer(trial.options, trial.data, trial.state, *alone_, place_, heard, {});
  scorer.score_epoch();
  scorer.score_test();
  ASSERT_EQ(heard.datasets.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const ScoredDataset& dataset = *trial.data.val()[i];
    const auto wanted = scores(trial, dataset.samples, dataset.all);
    EXPECT_EQ(heard.datasets[i].first, dataset.name);
    ASSERT_EQ(heard.datasets[i].second.size(), wanted.size());
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      EXPECT_EQ(heard.datasets[i].second[k].score, wanted[k].fake_probability);
      EXPECT_EQ(heard.datasets[i].second[k].label, dataset.samples[k].label);
    }
  }
}

TEST_F(TrialScorerTest, TestDatasetsAreScoredWithTheBestWeightsNotTheLast) {
  OpenTrial trial(options_);
  keep_as_best(trial.state);
  const DatasetScores best = row_of(trial, *trial.data.test()[0]);
  initialise_random(trial.state.classifier, 4);  // what later epochs made of them
  EXPECT_NE(row_of(trial, *trial.data.test()[0]).loss, best.loss);
  EXPECT_EQ(scorer_of(trial, *alone_).score_test(), std::vector<DatasetScores>{best});
  options_.data.test.clear();
  OpenTrial none(options_);
  EXPECT_TRUE(scorer_of(none, *alone_).score_test().empty());
}

TEST_F(TrialScorerTest, EveryRankOfAGroupHasTheSameRow) {
  OpenTrial trial(options_);
  trial.state.step = 6;
  const EpochRow wanted = scorer_of(trial, *alone_).score_epoch();
  EXPECT_EQ(wanted.epoch, 2);
  run_ranks(2, {}, [&](Communicator& group) {
    OpenTrial own(options_);
    own.state.step = 6;
    EXPECT_EQ(scorer_of(own, group).score_epoch(), wanted);
  });
}

}  // namespace
}  // namespace unmask
