#include "sweep/plan/objective.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Over = Objective::Over;
using Names = std::vector<std::string>;

EpochRow row(int epoch, std::optional<double> base, std::optional<double> augment) {
  EpochRow made;
  made.epoch = epoch;
  made.val = {{"base", 0.5, 0.6, 0.7, 0.8, base}, {"augment", 0.25, 0.65, 0.75, 0.85, augment}};
  return made;
}

bool has(const Names& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

TEST(ObjectiveTest, Words) {
  EXPECT_EQ(parse_objective("mean", "loss")->over, Over::kMean);
  EXPECT_EQ(parse_objective("mean", "loss")->metric, "loss");
  EXPECT_EQ(parse_objective("worst", "frame_auc")->over, Over::kWorst);
  const auto dataset = parse_objective("val.base.video_auc", "loss");
  ASSERT_TRUE(dataset);
  EXPECT_EQ(dataset->over, Over::kDataset);
  EXPECT_EQ(dataset->dataset, "base");
  EXPECT_EQ(dataset->metric, "video_auc");
  for (const char* bad : {"", "best", "val", "val.", "val.base", "val.base.", "val..video_auc", "val.base.f1",
                          "test.base.video_auc", "mean ", "valbase.video_auc", "."}) {
    EXPECT_FALSE(parse_objective(bad, "loss")) << bad;
  }
}

TEST(ObjectiveTest, ValueOfAnEpoch) {
  const Names both = {"base", "augment"};
  const EpochRow each = row(1, 0.75, 0.5);
  EXPECT_EQ(objective_value({Over::kMean, "", "video_auc"}, each, both), 0.625);
  EXPECT_EQ(objective_value({Over::kMean, "", "video_auc"}, each, {"base"}), 0.75);
  EXPECT_EQ(objective_value({Over::kWorst, "", "video_auc"}, each, both), 0.5);
  EXPECT_EQ(objective_value({Over::kWorst, "", "loss"}, each, both), -0.5);  // a loss enters negated
  EXPECT_EQ(objective_value({Over::kWorst, "", "video_auc"}, each, {"base"}), 0.75);
  EXPECT_EQ(objective_value({Over::kDataset, "augment", "frame_auc"}, each, {"base"}), 0.85);
  EXPECT_EQ(objective_value({Over::kDataset, "else", "frame_auc"}, each, both), std::nullopt);
  EXPECT_EQ(objective_value({Over::kWorst, "", "video_auc"}, row(1, 0.75, std::nullopt), both), std::nullopt);
  EXPECT_EQ(objective_value({Over::kMean, "", "video_auc"}, each, {"else"}), std::nullopt);
  EXPECT_EQ(objective_value({Over::kWorst, "", "video_auc"}, each, {"else"}), std::nullopt);
}

TEST(ObjectiveTest, ValueOfTheBestEpochSoFar) {
  const std::vector<EpochRow> rows = {row(1, 0.6, 0.9), row(2, 0.7, 0.8), row(3, 0.9, 0.7)};
  const Objective on_augment{Over::kDataset, "augment", "video_auc"};
  // The best epoch is chosen by the dataset trained on, whatever the objective looks at.
  EXPECT_EQ(objective_at(on_augment, rows, 1, {"base"}, "video_auc"), 0.9);
  EXPECT_EQ(objective_at(on_augment, rows, 2, {"base"}, "video_auc"), 0.8);
  EXPECT_EQ(objective_at(on_augment, rows, 99, {"base"}, "video_auc"), 0.7);
  EXPECT_EQ(objective_at(on_augment, rows, 0, {"base"}, "video_auc"), std::nullopt);
}

TEST(ObjectiveTest, TargetsAreRefused) {
  SweepOptions options;
  TrialOptions base;
  base.data.train = {"base"};
  base.data.val = {"base", "augment", "wild"};
  base.data.test = {"base", "wild"};
  const auto faults = [&](const std::string& objective, const std::vector<Names>& sets) {
    options.objective = objective;
    return objective_faults(options, base, sets);
  };
  EXPECT_TRUE(faults("mean", {{"base"}, {"augment"}}).empty());
  EXPECT_TRUE(faults("val.base.video_auc", {{"base"}, {"base", "augment"}}).empty());
  EXPECT_TRUE(has(faults("val.other.video_auc", {{"other"}}), "doesn't hold \"other\""));
  EXPECT_TRUE(has(faults("val.augment.video_auc", {{"base", "augment"}, {"base"}}), "select_on_targets = true"));
  EXPECT_TRUE(
      has(faults("val.augment.video_auc", {{"base", "augment"}, {"base"}}), "trials on [\"base\"] don't train on"));
  options.select_on_targets = true;
  EXPECT_TRUE(faults("val.augment.video_auc", {{"base"}}).empty());
  EXPECT_TRUE(has(faults("val.wild.video_auc", {{"base"}}), "a test dataset is scored once"));
}

TEST(ObjectiveRankingTest, ByValueThenId) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<RankedTrial> trials = {{0, {"base"}, 0.5}, {1, {"base"}, std::nullopt}, {2, {"base"}, 0.75},
                                     {3, {"base"}, 0.5}, {4, {"base"}, nan},          {5, {"base"}, -INFINITY}};
  std::sort(trials.begin(), trials.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const std::vector<int> wanted = {2, 0, 3, 5, 1, 4};
  std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
  do {
    std::vector<RankedTrial> shuffled;
    for (const std::size_t i : order) shuffled.push_back(trials[i]);
    ASSERT_EQ(ranking(shuffled), wanted);
    ASSERT_EQ(chosen_trials(shuffled), std::vector<int>{2});
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ObjectiveRankingTest, OneIsChosenForEachTrainingSet) {
  const std::vector<RankedTrial> trials = {
      {0, {"augment"}, 0.9},         {1, {"base"}, 0.6}, {2, {"base", "augment"}, 0.5},
      {3, {"augment", "base"}, 0.7}, {4, {"base"}, 0.8}, {5, {"wild"}, std::nullopt}};
  EXPECT_EQ(chosen_trials(trials), (std::vector<int>{0, 4, 3}));
  EXPECT_EQ(sweep_choice(trials), 3);  // most datasets
  EXPECT_EQ(sweep_choice({trials[0], trials[1], trials[4]}), 0);
  EXPECT_EQ(sweep_choice({trials[5]}), std::nullopt);
  EXPECT_EQ(sweep_choice({}), std::nullopt);
  EXPECT_EQ(sweep_choice({{7, {"a"}, 0.5}, {6, {"b"}, 0.5}}), 6);
}

/// Seeds of point `point`, one for each value.
std::vector<RankedTrial> seeds(int first_id, int point, const std::vector<std::optional<double>>& values) {
  std::vector<RankedTrial> trials;
  for (const auto& value : values)
    trials.push_back({first_id + static_cast<int>(trials.size()), {"base"}, value, point, value});
  return trials;
}

std::vector<RankedTrial> joined(std::vector<RankedTrial> all, const std::vector<RankedTrial>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(ObjectivePointsTest, TheLuckiestSeedDoesNotWin) {
  const auto trials = joined(seeds(0, 0, {0.95, 0.5, 0.6}), seeds(3, 1, {0.8, 0.82, 0.78}));
  const auto points = ranked_points(trials);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].trials, (std::vector<int>{4, 3, 5}));
  EXPECT_EQ(points[0].seeds, 3);
  EXPECT_DOUBLE_EQ(*points[0].mean, 0.8);
  EXPECT_NEAR(*points[0].spread, 0.02, 1e-12);
  EXPECT_DOUBLE_EQ(*points[1].mean, 2.05 / 3);
  EXPECT_NEAR(*points[1].spread, 0.23629078131263, 1e-12);  // numpy.std([.95, .5, .6], ddof=1)
  EXPECT_EQ(chosen_trials(trials), std::vector<int>{4});
  EXPECT_EQ(sweep_choice(trials), 4);
  EXPECT_EQ(ranking(trials), (std::vector<int>{4, 3, 5, 0, 2, 1}));
}

TEST(ObjectivePointsTest, APointThatLacksASeedIsBehindWholeOnes) {
  const auto trials = joined(joined(seeds(0, 0, {0.95, std::nullopt}), seeds(2, 1, {0.6, 0.5})),
                             joined(seeds(4, 2, {std::nullopt, std::nullopt}), seeds(6, 3, {0.7, NAN})));
  EXPECT_EQ(ranking(trials), (std::vector<int>{2, 3, 0, 1, 6, 7, 4, 5}));
  EXPECT_EQ(ranked_points(trials)[1].spread, std::nullopt) << "of one seed";
  EXPECT_FALSE(ranked_points(trials)[1].whole);
  EXPECT_EQ(chosen_trials(seeds(0, 0, {0.95, std::nullopt})), std::vector<int>{0}) << "where there is no other";
}

// The seed is chosen by train.select, which may be another metric than the objective.
TEST(ObjectivePointsTest, TheSeedOfTheBestSelectStandsForItsPoint) {
  auto trials = seeds(0, 0, {0.9, 0.8, 0.7});
  trials[0].select = 0.1;
  trials[1].select = 0.3;
  trials[2].select = 0.3;
  EXPECT_EQ(chosen_trials(trials), std::vector<int>{1});
  trials[1].select.reset();
  EXPECT_EQ(ranking(trials), (std::vector<int>{2, 0, 1}));
}

}  // namespace
}  // namespace unmask
