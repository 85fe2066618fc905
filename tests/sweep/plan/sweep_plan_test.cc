#include "sweep/plan/sweep_plan.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/sweep/plan/space_builders.h"

namespace unmask {
namespace {

using Kind = SpaceKey::Kind;

std::string value_of(const SpacePoint& point, const std::string& key) {
  for (const auto& [name, value] : point) {
    if (name == key) return value;
  }
  return "";
}

// A change of these changes what every recorded random sweep would draw.
TEST(SweepPlanRandomPointTest, Golden) {
  const auto text = [](std::uint64_t seed, int i) { return point_text(random_point(mixed_space(), seed, i)); };
  EXPECT_EQ(text(0, 0),
            "optimizer.max_lr = 1.473975552752451e-05; train.epochs = 4; optimizer.schedule = \"constant\"; model.head "
            "= \"linear\"");
  EXPECT_EQ(text(0, 1),
            "optimizer.pct_start = 0.43485295631584997; optimizer.max_lr = 0.0008385292533015699; train.epochs = 5; "
            "optimizer.schedule = \"one_cycle\"; model.head = \"linear\"");
  EXPECT_EQ(text(0, 2),
            "optimizer.max_lr = 0.00022055996815435554; train.epochs = 4; optimizer.schedule = \"constant\"; "
            "model.head = \"hidden\"");
  EXPECT_EQ(text(18446744073709551615u, 139),
            "optimizer.pct_start = 0.4750261657338747; optimizer.max_lr = 2.7034084468566892e-05; train.epochs = 3; "
            "optimizer.schedule = \"one_cycle\"; model.head = \"linear\"");
}

TEST(SweepPlanRandomPointTest, KeysDoNotMoveEachOther) {
  std::vector<SpaceKey> space = mixed_space(), reversed(space.rbegin(), space.rend());
  std::vector<SpaceKey> larger = space;
  larger.insert(larger.begin(), choice("data.balance", {"\"none\"", "\"class_weights\""}));
  for (int i = 0; i < 100; ++i) {
    SpacePoint point = random_point(space, 7, i), turned = random_point(reversed, 7, i);
    std::reverse(turned.begin(), turned.end());
    EXPECT_EQ(point, turned);
    SpacePoint more = random_point(larger, 7, i);
    more.erase(more.begin());
    EXPECT_EQ(point, more);
  }
}

TEST(SweepPlanRandomPointTest, ConditionsHold) {
  for (int i = 0; i < 200; ++i) {
    const SpacePoint point = random_point(mixed_space(), 1, i);
    EXPECT_EQ(value_of(point, "optimizer.pct_start").empty(), value_of(point, "optimizer.schedule") == "\"constant\"");
  }
  // A key whose condition's key isn't varied itself is absent too.
  const std::vector<SpaceKey> chain = {when(choice("c", {"1", "2"}), "b", {"1", "2"}), choice("a", {"1", "2"}),
                                       when(choice("b", {"1", "2"}), "a", {"2"})};
  for (int i = 0; i < 50; ++i) {
    const SpacePoint point = random_point(chain, 1, i);
    EXPECT_EQ(point.size(), value_of(point, "a") == "2" ? 3u : 1u);
  }
}

TEST(SweepPlanRandomPointTest, DrawsAreSpreadEvenly) {
  constexpr int kPoints = 4000;
  std::map<std::string, int> epochs, heads;
  std::map<int, int> starts, rates;
  int with_start = 0;
  for (int i = 0; i < kPoints; ++i) {
    const SpacePoint point = random_point(mixed_space(), 3, i);
    ++epochs[value_of(point, "train.epochs")];
    ++heads[value_of(point, "model.head")];
    const double rate = std::strtod(value_of(point, "optimizer.max_lr").c_str(), nullptr);
    EXPECT_TRUE(rate >= 1e-5 && rate <= 1e-3) << rate;
    ++rates[rate < 1e-4];  // half of the decades
    if (const std::string start = value_of(point, "optimizer.pct_start"); !start.empty()) {
      const double value = std::strtod(start.c_str(), nullptr);
      EXPECT_TRUE(value >= 0.3 && value < 0.5) << value;
      ++starts[static_cast<int>((value - 0.3) / 0.05)];
      ++with_start;
    }
  }
  // Within 5 standard deviations of the even share.
  const auto near = [](int count, int total, double share) {
    const double mean = total * share, deviation = std::sqrt(mean * (1 - share));
    EXPECT_NEAR(count, mean, 5 * deviation);
  };
  ASSERT_EQ(epochs.size(), 5u);
  for (const auto& item : epochs) near(item.second, kPoints, 0.2);
  for (const auto& item : heads) near(item.second, kPoints, 0.5);
  near(rates[1], kPoints, 0.5);
  near(with_start, kPoints, 0.5);
  ASSERT_EQ(starts.size(), 4u);
  for (const auto& item : starts) near(item.second, with_start, 0.25);
}

TEST(SweepPlanRandomPointTest, NumbersAreTomlAndReadBack) {
  const std::vector<SpaceKey> space = {range("a", Kind::kUniform, 0, 1e6), range("b", Kind::kUniform, 2, 2),
                                       range("c", Kind::kInteger, -3, 3), range("d", Kind::kLogUniform, 5e-5, 5e-5)};
  for (int i = 0; i < 50; ++i) {
    const SpacePoint point = random_point(space, 9, i);
    EXPECT_NE(point[0].second.find_first_of(".e"), std::string::npos) << point[0].second;
    EXPECT_EQ(point[1].second, "2.0");
    EXPECT_EQ(point[2].second.find_first_of(".e"), std::string::npos) << point[2].second;
    EXPECT_EQ(std::strtod(point[3].second.c_str(), nullptr), 5e-5);
  }
}

TEST(SweepPlanGridTest, LastKeyIsFastestAndEqualPointsAppearOnce) {
  const std::vector<SpaceKey> space = {when(choice("start", {"0.3", "0.5"}), "schedule", {"\"one_cycle\""}),
                                       choice("schedule", {"\"constant\"", "\"one_cycle\""})};
  std::vector<std::string> texts;
  for (const SpacePoint& point : grid_points(space)) texts.push_back(point_text(point));
  EXPECT_EQ(texts, (std::vector<std::string>{"schedule = \"constant\"", "start = 0.3; schedule = \"one_cycle\"",
                                             "start = 0.5; schedule = \"one_cycle\""}));
  EXPECT_EQ(grid_points({}), std::vector<SpacePoint>{SpacePoint{}});
}

TEST(SweepPlanTest, ANewSweepIsInOrderOfPointAndRepeat) {
  const SweepPlan plan = plan_sweep(grid_options(2, 2), 5, {});
  ASSERT_EQ(plan.trials.size(), 8u);
  EXPECT_EQ(plan.added, 8);
  for (int id = 0; id < 8; ++id) {
    const PlannedTrial& trial = plan.trials[static_cast<std::size_t>(id)];
    EXPECT_EQ(trial.id, id);
    EXPECT_EQ(trial.point_index, id / 2);
    EXPECT_EQ(trial.repeat, id % 2);
    EXPECT_EQ(trial.cohort, 0);
  }
  const SweepPlan again = plan_sweep(grid_options(2, 2), 5, plan.trials);
  EXPECT_EQ(again.trials, plan.trials);
  EXPECT_EQ(again.added, 0);
}

TEST(SweepPlanTest, GrowthKeepsIdsAndPoints) {
  const SweepPlan small = plan_sweep(random_options(6), 5, {});
  const SweepPlan more = plan_sweep(random_options(9), 5, small.trials);
  EXPECT_EQ(more.added, 3);
  EXPECT_EQ(more.trials, plan_sweep(random_options(9), 5, {}).trials);

  const SweepPlan twice = plan_sweep(random_options(6, 2), 5, small.trials);
  ASSERT_EQ(twice.trials.size(), 12u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(twice.trials[i], small.trials[i]);
    EXPECT_EQ(twice.trials[6 + i].id, static_cast<int>(6 + i));
    EXPECT_EQ(twice.trials[6 + i].point, small.trials[i].point);
    EXPECT_EQ(twice.trials[6 + i].repeat, 1);
  }
  // In steps or at once: the same points and repeats.
  const SweepPlan both = plan_sweep(random_options(9, 2), 5, twice.trials);
  EXPECT_EQ(both.added, 6);
  std::set<std::string> grown, fresh;
  for (const auto& trial : both.trials) grown.insert(point_text(trial.point) + std::to_string(trial.repeat));
  for (const auto& trial : plan_sweep(random_options(9, 2), 5, {}).trials) {
    fresh.insert(point_text(trial.point) + std::to_string(trial.repeat));
  }
  EXPECT_EQ(grown, fresh);
}

TEST(SweepPlanTest, AGridGrowsByValues) {
  const SweepPlan small = plan_sweep(grid_options(2), 5, {});
  const SweepPlan more = plan_sweep(grid_options(3), 5, small.trials);
  EXPECT_EQ(more.added, 2);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(more.trials[i], small.trials[i]);
  EXPECT_EQ(point_text(more.trials[4].point), "model.head = \"deep\"; train.epochs = 1");
  SweepOptions turned = grid_options(2);  // the order of keys and values is free
  std::reverse(turned.space.begin(), turned.space.end());
  std::reverse(turned.space[1].choices.begin(), turned.space[1].choices.end());
  EXPECT_EQ(plan_sweep(turned, 5, small.trials).trials, small.trials);
}

TEST(SweepPlanTest, WhatWouldTakeTrialsAwayIsRefused) {
  const auto refusal = [](const SweepOptions& run, const SweepOptions& config) {
    const SweepPlan plan = plan_sweep(config, 5, plan_sweep(run, 5, {}).trials);
    EXPECT_EQ(plan.added, 0);
    return plan.refusal;
  };
  EXPECT_EQ(
      refusal(random_options(8), random_options(6)),
      std::vector<std::string>{"sweep.trials: the run has 8, the config has 6: trials can be added, not taken away"});
  EXPECT_EQ(refusal(random_options(8, 3), random_options(7, 2)).size(), 2u);
  EXPECT_TRUE(has(refusal(grid_options(2, 3), grid_options(2, 2)), "sweep.repeats: the run has 3, the config has 2"));
  EXPECT_EQ(
      refusal(grid_options(3), grid_options(2)),
      std::vector<std::string>{"sweep.space.model.head: the run has the value \"deep\", the config doesn't: values "
                               "can be added, not taken away"});
  SweepOptions fewer_keys = grid_options(2), more_keys = grid_options(2);
  fewer_keys.space.pop_back();
  more_keys.space.push_back(choice("model.dropout", {"0.5"}));
  EXPECT_TRUE(has(refusal(grid_options(2), fewer_keys), "sweep.space.train.epochs: the run varies it"));
  EXPECT_TRUE(has(refusal(grid_options(2), more_keys), "keys and conditions of a grid can't change"));
}

TEST(SweepPlanTest, CohortsGrowWhole) {
  const auto options = [](int trials, StoppingRule stop, Sampler sampler = Sampler::kRandom) {
    SweepOptions made = random_options(trials);
    made.stop = stop;
    made.sampler = sampler;
    made.cohort = 4;
    return made;
  };
  const auto known = [&](int trials) { return plan_sweep(options(trials, StoppingRule::kNone), 5, {}).trials; };
  EXPECT_EQ(plan_sweep(options(9, StoppingRule::kMedian), 5, known(8)).added, 1);
  EXPECT_TRUE(plan_sweep(options(9, StoppingRule::kNone), 5, known(6)).refusal.empty());
  EXPECT_TRUE(plan_sweep(options(6, StoppingRule::kMedian), 5, known(6)).refusal.empty());
  for (const auto& refused : {options(9, StoppingRule::kMedian), options(9, StoppingRule::kHalving),
                              options(9, StoppingRule::kNone, Sampler::kTpe)}) {
    const SweepPlan plan = plan_sweep(refused, 5, known(6));
    EXPECT_TRUE(has(plan.refusal, "sweep.trials: the run has 6 trials, no multiple of sweep.cohort = 4"));
    EXPECT_TRUE(has(plan.refusal, "new --run folder"));
  }
  EXPECT_EQ(plan_sweep(options(9, StoppingRule::kMedian), 5, {}).trials.back().cohort, 2);
}

TEST(SweepPlanTest, TpeLeavesLaterCohortsUndrawn) {
  SweepOptions options = random_options(6, 2);
  options.sampler = Sampler::kTpe;
  options.cohort = 4;
  SweepPlan plan = plan_sweep(options, 5, {});
  ASSERT_EQ(plan.trials.size(), 12u);
  for (const PlannedTrial& trial : plan.trials) {
    EXPECT_EQ(trial.drawn, trial.cohort == 0) << trial.id;
    EXPECT_EQ(trial.point.empty(), !trial.drawn);
    if (trial.drawn) {
      EXPECT_EQ(trial.point, random_point(options.space, 5, trial.point_index));
    }
  }
  // Points once drawn stand; an added repeat takes its point's.
  plan.trials[4].drawn = plan.trials[5].drawn = true;
  plan.trials[4].point = plan.trials[5].point = {{"train.epochs", "5"}};
  EXPECT_EQ(plan_sweep(options, 5, plan.trials).trials, plan.trials);
  options.repeats = 3;
  const SweepPlan more = plan_sweep(options, 5, plan.trials);
  EXPECT_EQ(more.added, 6);
  EXPECT_EQ(more.trials[14].point_index, 2);
  EXPECT_EQ(more.trials[14].point, plan.trials[4].point);
  EXPECT_FALSE(more.trials[15].drawn);
}

// A ledger that was lost is made anew from the folders of trials that had begun.
TEST(SweepPlanTest, GapsOfALostLedgerAreFilledWithTheSameTrials) {
  SweepOptions options;
  options.trials = 20;
  options.stop = StoppingRule::kHalving;
  SpaceKey key;
  key.key = "optimizer.max_lr";
  key.kind = SpaceKey::Kind::kLogUniform;
  key.low = 1e-5;
  key.high = 1e-3;
  options.space = {key};
  const std::vector<PlannedTrial> whole = plan_sweep(options, 7, {}).trials;
  const SweepPlan again = plan_sweep(options, 7, {whole[0], whole[2], whole[17]});
  EXPECT_TRUE(again.refusal.empty());
  EXPECT_EQ(again.trials, whole);
}

}  // namespace
}  // namespace unmask
