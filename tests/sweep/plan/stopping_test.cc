#include "sweep/plan/stopping.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/philox.h"

namespace unmask {
namespace {

SweepOptions stop_by(StoppingRule rule, int rungs = 2, double keep = 0.5) {
  SweepOptions options;
  options.stop = rule;
  options.rungs = rungs;
  options.keep = keep;
  return options;
}

RungTrial trial(int id, const std::vector<std::optional<double>>& values, int rungs = 2,
                const std::string& set = "base") {
  RungTrial made;
  made.id = id;
  made.train_set = set;
  for (int rung = 0; rung < rungs; ++rung) made.rungs.push_back(4 * (rung + 1));
  made.values = values;
  return made;
}

std::map<int, bool> going_on(const std::vector<RungDecision>& decisions) {
  std::map<int, bool> map;
  for (const RungDecision& decision : decisions) map[decision.trial] = decision.goes_on;
  return map;
}

TEST(StoppingRungTest, EpochsAreFractionsOfTheSchedule) {
  using Epochs = std::vector<int>;
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kNone), 12, 0), Epochs{});
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kMedian), 12, 0), (Epochs{4, 8}));
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kMedian), 10, 0), (Epochs{4, 7}));          // rounded up
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kMedian, 3), 12, 0.3), (Epochs{4, 6, 9}));  // 3 is before the peak at 3.6
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kMedian, 5), 12, 0.5), (Epochs{6, 8, 10}));
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kMedian), 12, 1.0), Epochs{});
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kMedian), 1, 0), Epochs{});
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kMedian), 2, 0), Epochs{1});
  EXPECT_EQ(rung_epochs(stop_by(StoppingRule::kHalving, 1000000), 3, 0), (Epochs{1, 2}));
}

TEST(StoppingMedianTest, BelowTheMedianStops) {
  const SweepOptions options = stop_by(StoppingRule::kMedian);
  const auto decisions =
      decide_rungs(options, {trial(0, {0.5}), trial(1, {0.75}), trial(2, {0.25}), trial(3, {0.5})}, {});
  EXPECT_EQ(going_on(decisions), (std::map<int, bool>{{0, true}, {1, true}, {2, false}, {3, true}}));
  EXPECT_EQ(decisions[2].reason, "stopped at rung 1 (epoch 4): 0.25 is below the median 0.5 of 4 trials");
  // Fewer than 3 values: all go on, those without one too.
  EXPECT_EQ(going_on(decide_rungs(options, {trial(0, {0.5}), trial(1, {0.1}), trial(2, {std::nullopt})}, {})),
            (std::map<int, bool>{{0, true}, {1, true}, {2, true}}));
  EXPECT_TRUE(decide_rungs(stop_by(StoppingRule::kNone), {trial(0, {0.5})}, {}).empty());
}

TEST(StoppingMedianTest, ThreeValuesAreEnough) {
  EXPECT_EQ(
      going_on(decide_rungs(stop_by(StoppingRule::kMedian), {trial(0, {0.5}), trial(1, {0.1}), trial(2, {0.7})}, {})),
      (std::map<int, bool>{{0, true}, {1, false}, {2, true}}));
}

TEST(StoppingMedianTest, OfFiveIsTheThird) {
  const auto decisions =
      decide_rungs(stop_by(StoppingRule::kMedian),
                   {trial(0, {0.25}), trial(1, {1.0}), trial(2, {0.75}), trial(3, {0.5}), trial(4, {0.625})}, {});
  EXPECT_EQ(decisions.at(3).reason, "stopped at rung 1 (epoch 4): 0.5 is below the median 0.625 of 5 trials");
  EXPECT_TRUE(decisions.at(4).goes_on);
}

TEST(StoppingMedianTest, OfAnEvenNumberIsTheMeanOfTheTwoInTheMiddle) {
  const auto decisions = decide_rungs(stop_by(StoppingRule::kMedian),
                                      {trial(0, {0.25}), trial(1, {1.0}), trial(2, {0.75}), trial(3, {0.5})}, {});
  EXPECT_EQ(decisions.at(3).reason, "stopped at rung 1 (epoch 4): 0.5 is below the median 0.625 of 4 trials");
}

TEST(StoppingHalvingTest, ReasonsSayPlaceAndShare) {
  const auto decisions =
      decide_rungs(stop_by(StoppingRule::kHalving), {trial(0, {0.5}), trial(1, {0.75}), trial(2, {std::nullopt})}, {});
  ASSERT_EQ(decisions.size(), 3u);
  EXPECT_EQ(decisions[0].reason, "goes on at rung 1 (epoch 4): 0.5 is number 2 of 3 trials, 2 go on");
  EXPECT_EQ(decisions[2].reason, "stopped at rung 1 (epoch 4): no value is number 3 of 3 trials, 2 go on");
}

TEST(StoppingHalvingTest, TheBestShareGoesOn) {
  const SweepOptions options = stop_by(StoppingRule::kHalving);
  EXPECT_EQ(going_on(decide_rungs(
                options, {trial(0, {0.5}), trial(1, {0.75}), trial(2, {0.25}), trial(3, {0.5}), trial(4, {0.5})}, {})),
            (std::map<int, bool>{{0, true}, {1, true}, {2, false}, {3, true}, {4, false}}));  // ceil(2.5); ties by id
  std::vector<RungTrial> twenty;
  for (int id = 0; id < 20; ++id) twenty.push_back(trial(id, {0.01 * id}));
  int kept = 0;
  for (const auto& decision : decide_rungs(stop_by(StoppingRule::kHalving, 2, 0.55), twenty, {}))
    kept += decision.goes_on ? 1 : 0;
  EXPECT_EQ(kept, 11);  // .55 × 20 is 11.000000000000002
}

TEST(StoppingHalvingTest, FailedTrialsCountAndRankLast) {
  RungTrial failed = trial(0, {});
  failed.failed = true;
  EXPECT_EQ(going_on(decide_rungs(stop_by(StoppingRule::kHalving),
                                  {failed, trial(1, {0.5}), trial(2, {std::nullopt}), trial(3, {0.6})}, {})),
            (std::map<int, bool>{{1, true}, {2, false}, {3, true}}));
  // Failed after its last rung, which others have yet to come to: the value that it had there counts.
  RungTrial late = trial(0, {0.9}, 1);
  late.failed = true;
  const auto decisions = decide_rungs(stop_by(StoppingRule::kHalving), {late, trial(1, {0.5, 0.6})}, {{0, 0}, {1, 0}});
  EXPECT_EQ(going_on(decisions), (std::map<int, bool>{{1, false}}));
  EXPECT_EQ(decisions.at(0).rung, 1);
  EXPECT_EQ(decisions.at(0).value, 0.6);
}

TEST(StoppingRungTest, ASetWaitsForItsSlowest) {
  const SweepOptions options = stop_by(StoppingRule::kMedian);
  const std::vector<RungTrial> trials = {trial(0, {0.5}), trial(1, {}), trial(2, {0.7}), trial(3, {0.1}, 2, "other")};
  EXPECT_EQ(going_on(decide_rungs(options, trials, {})), (std::map<int, bool>{{3, true}}));
  EXPECT_EQ(holding_up(options, trials, {}), std::vector<int>{1});
  // Where nobody waits, nobody holds up.
  EXPECT_TRUE(holding_up(options, {trial(0, {}), trial(1, {})}, {}).empty());
  EXPECT_TRUE(holding_up(stop_by(StoppingRule::kNone), trials, {}).empty());
}

TEST(StoppingRungTest, OtherNumbersOfRungs) {
  const SweepOptions options = stop_by(StoppingRule::kHalving);
  // Trial 0 has one rung only: at the second its last value counts, and it gets no decision there.
  RungTrial one = trial(0, {0.9}, 1);
  RungTrial two = trial(1, {0.5, 0.6}), three = trial(2, {0.4, 0.95});
  const auto decisions =
      decide_rungs(stop_by(StoppingRule::kHalving, 2, 0.5), {one, two, three}, {{0, 0}, {1, 0}, {2, 0}});
  EXPECT_EQ(going_on(decisions), (std::map<int, bool>{{1, false}, {2, true}}));
  for (const auto& decision : decisions) EXPECT_EQ(decision.rung, 1);
  // A trial without rungs is waited for by nobody and stopped by nothing.
  EXPECT_EQ(going_on(decide_rungs(options, {trial(0, {}, 0), trial(1, {0.5})}, {})), (std::map<int, bool>{{1, true}}));
}

TEST(StoppingRungTest, DecidedOnesAreNotDecidedAgain) {
  const SweepOptions options = stop_by(StoppingRule::kHalving);
  std::vector<RungTrial> trials = {trial(0, {0.5}), trial(1, {0.75}), trial(2, {0.25})};
  trials[2].stopped_at = 0;  // the job was killed after one row of three
  EXPECT_EQ(going_on(decide_rungs(options, trials, {{2, 0}})), (std::map<int, bool>{{0, true}, {1, true}}));
  EXPECT_TRUE(decide_rungs(options, trials, {{0, 0}, {1, 0}, {2, 0}}).empty());
}

/// What a trial would measure, whenever it runs.
struct Truth {
  int cohort = 0, rungs = 0, fails_at = -1;  // fails on its way to this rung; rungs = on its way to its end
  std::string set;
  std::vector<std::optional<double>> values;
};

/// Lets trials move on in a random order, decides after every move, and returns all decisions.
std::map<std::pair<int, int>, bool> play(const SweepOptions& options, const std::vector<Truth>& truth, Draws& draws) {
  std::map<std::pair<int, int>, bool> all;
  std::vector<std::pair<int, int>> decided;
  std::vector<RungTrial> trials;
  for (std::size_t id = 0; id < truth.size(); ++id) {
    trials.push_back(trial(static_cast<int>(id), {}, truth[id].rungs, truth[id].set));
    trials.back().cohort = truth[id].cohort;
  }
  std::set<int> done;
  const auto can_move = [&](const RungTrial& each) {
    const std::size_t at = each.values.size();
    const bool waits = at > 0 && !all.contains({each.id, static_cast<int>(at) - 1});
    return !each.failed && each.stopped_at < 0 && !done.contains(each.id) && !waits;
  };
  while (true) {
    std::vector<std::size_t> movable;
    for (std::size_t id = 0; id < trials.size(); ++id) {
      if (can_move(trials[id])) movable.push_back(id);
    }
    if (movable.empty()) break;
    for (const int id : holding_up(options, trials, decided)) {
      EXPECT_TRUE(can_move(trials[static_cast<std::size_t>(id)])) << "waits for a trial that waits: " << id;
    }
    const std::size_t id = movable[draws.below(static_cast<std::uint32_t>(movable.size()))];
    const std::size_t rung = trials[id].values.size();
    if (static_cast<int>(rung) == truth[id].fails_at) {
      trials[id].failed = true;
    } else if (rung == trials[id].rungs.size()) {
      done.insert(trials[id].id);
    } else {
      trials[id].values.push_back(truth[id].values[rung]);
    }
    std::vector<RungTrial> shuffled = trials;
    for (std::size_t i = shuffled.size(); i > 1; --i) {
      std::swap(shuffled[i - 1], shuffled[draws.below(static_cast<std::uint32_t>(i))]);
    }
    for (const RungDecision& decision : decide_rungs(options, shuffled, decided)) {
      if (draws.chance(0.2)) continue;  // killed before this one was written: it comes again
      EXPECT_TRUE(all.emplace(std::pair(decision.trial, decision.rung), decision.goes_on).second);
      decided.emplace_back(decision.trial, decision.rung);
      if (!decision.goes_on) trials[static_cast<std::size_t>(decision.trial)].stopped_at = decision.rung;
    }
    while (true) {  // after a restart
      const auto rest = decide_rungs(options, trials, decided);
      if (rest.empty()) break;
      for (const RungDecision& decision : rest) {
        all.emplace(std::pair(decision.trial, decision.rung), decision.goes_on);
        decided.emplace_back(decision.trial, decision.rung);
        if (!decision.goes_on) trials[static_cast<std::size_t>(decision.trial)].stopped_at = decision.rung;
      }
    }
  }
  // Every trial that neither failed nor was stopped came to its end.
  for (const RungTrial& each : trials) {
    EXPECT_TRUE(each.failed || each.stopped_at >= 0 || done.contains(each.id)) << each.id;
  }
  return all;
}

TEST(StoppingRungTest, TheOrderOfArrivalChangesNothing) {
  for (const StoppingRule rule : {StoppingRule::kMedian, StoppingRule::kHalving}) {
    for (std::uint32_t world = 0; world < 20; ++world) {
      Draws draws(21, DrawFor::kProbe, world);
      std::vector<Truth> truth;
      for (int id = 0; id < 24; ++id) {
        Truth each;
        each.cohort = id / 16;
        each.rungs = static_cast<int>(draws.below(4));
        each.set = draws.chance(0.5) ? "base" : "augment,base";
        each.fails_at =
            draws.chance(0.3) ? static_cast<int>(draws.below(static_cast<std::uint32_t>(each.rungs) + 1)) : -1;
        for (int rung = 0; rung < each.rungs; ++rung) {
          each.values.push_back(draws.chance(0.1) ? std::nullopt : std::optional<double>(0.1 * draws.below(10)));
        }
        truth.push_back(each);
      }
      const SweepOptions options = stop_by(rule, 3);
      const auto wanted = play(options, truth, draws);
      EXPECT_GT(wanted.size(), 10u);
      for (int order = 0; order < 10; ++order)
        ASSERT_EQ(play(options, truth, draws), wanted) << to_word(rule) << " " << world;
    }
  }
}

}  // namespace
}  // namespace unmask
