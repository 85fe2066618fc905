#include "sweep/plan/scheduler.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace unmask {
namespace {

TrialLoad load(int trial, int microbatches, std::int64_t steps, double microbatch_s = 1) {
  return {.trial = trial, .microbatches = microbatches, .steps_left = steps, .microbatch_s = microbatch_s};
}

TrialLoad urgent(TrialLoad trial) {
  trial.holds_up_others = true;
  return trial;
}

/// "3:0,1 4:2 end 7": trial 3 gets ranks 0 and 1, trial 4 gets rank 2, lease 7 has to end.
std::string text(const Schedule& schedule) {
  std::string text;
  for (const Grant& grant : schedule.grants) {
    text += text.empty() ? "" : " ";
    for (std::size_t i = 0; i < grant.ranks.size(); ++i) {
      text += (i == 0 ? std::to_string(grant.trial) + ":" : ",") + std::to_string(grant.ranks[i]);
    }
  }
  for (const int lease : schedule.end_leases) text += (text.empty() ? "end " : " end ") + std::to_string(lease);
  return text;
}

struct Case {
  std::string name;
  int ranks = 1;
  std::vector<int> free_ranks;
  std::vector<TrialLoad> waiting;
  std::vector<RunningGroup> running;
  std::string expected;
};

void check(SweepMode mode, int group_size, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const PoolState pool = {.mode = mode,
                            .group_size = group_size,
                            .ranks = one.ranks,
                            .free_ranks = one.free_ranks,
                            .waiting = one.waiting,
                            .running = one.running,
                            .lease_cost_s = 2};
    EXPECT_EQ(text(schedule(pool)), one.expected) << to_word(mode) << ": " << one.name;
  }
}

TEST(Scheduler, UsefulGroupSizeIsTheLargestThatShortensAStep) {
  EXPECT_EQ(useful_group_size(10, 1), 1);
  EXPECT_EQ(useful_group_size(10, 4), 4);
  EXPECT_EQ(useful_group_size(10, 9), 5);
  EXPECT_EQ(useful_group_size(10, 1024), 10);
  EXPECT_EQ(useful_group_size(1, 8), 1);
  const auto on_one_rank = [](int microbatches, int ranks) { return (microbatches + ranks - 1) / ranks; };
  for (int microbatches = 1; microbatches <= 40; ++microbatches) {
    for (int ranks = 1; ranks <= 45; ++ranks) {
      int expected = ranks;
      while (expected > 1 && on_one_rank(microbatches, expected) == on_one_rank(microbatches, expected - 1)) --expected;
      EXPECT_EQ(useful_group_size(microbatches, ranks), expected) << microbatches << " on " << ranks;
    }
  }
}

TEST(Scheduler, SecondsLeftCountTheFullestRank) {
  EXPECT_EQ(seconds_left(load(0, 10, 6, 0.5), 1), 30);
  EXPECT_EQ(seconds_left(load(0, 10, 6, 0.5), 4), 9);
  EXPECT_EQ(seconds_left(load(0, 10, 6, 0.5), 1000), 3);
}

TEST(Scheduler, Sequential) {
  const RunningGroup running = {load(9, 4, 5), 7, {0}, false};
  check(SweepMode::kSequential, 1,
        {{"by id, not by length", 4, {0, 1, 2, 3}, {load(3, 8, 1), load(4, 8, 100)}, {}, "3:0,1,2,3"},
         {"no more ranks than help", 4, {0, 1, 2, 3}, {load(3, 6, 1)}, {}, "3:0,1,2"},
         {"one at a time", 4, {1, 2, 3}, {load(3, 8, 1)}, {running}, ""},
         {"nothing to do", 4, {0, 1, 2, 3}, {}, {}, ""}});
}

TEST(Scheduler, Concurrent) {
  const std::vector<TrialLoad> three = {load(0, 4, 1), load(1, 4, 9), load(2, 4, 5)};
  check(SweepMode::kConcurrent, 2,
        {{"whole groups by id; one rank is left over", 5, {0, 1, 2, 3, 4}, three, {}, "0:0,1 1:2,3"},
         {"fewer where fewer help", 3, {0, 1, 2}, {load(0, 1, 1), load(1, 4, 1)}, {}, "0:2 1:0,1"},
         {"no overtaking", 2, {1}, {load(0, 4, 1), load(1, 1, 1)}, {{load(9, 1, 3), 7, {0}, false}}, ""},
         {"running ones are left alone", 4, {2, 3}, {}, {{load(9, 4, 90), 7, {0, 1}, false}}, ""},
         {"more ranks than groups", 8, {0, 1, 2, 3, 4, 5, 6, 7}, three, {}, "0:0,1 1:2,3 2:4,5"}});
  check(SweepMode::kConcurrent, 1, {{"no more groups than free ranks", 4, {0, 1}, three, {}, "0:0 1:1"}});
  check(SweepMode::kConcurrent, 8,
        {{"a group of all ranks at most", 4, {0, 1, 2, 3}, {load(0, 8, 1)}, {}, "0:0,1,2,3"}});
}

TEST(Scheduler, ElasticGivesEveryTrialARank) {
  const std::vector<TrialLoad> three = {load(0, 4, 10), load(1, 4, 30), load(2, 4, 20)};
  const RunningGroup ending = {load(9, 8, 500), 7, {0}, true};
  check(SweepMode::kElastic, 1,
        {{"longest first", 2, {0, 1}, three, {}, "1:0 2:1"},
         {"who holds up others before", 2, {0, 1}, {three[0], three[1], urgent(load(2, 4, 2))}, {}, "2:0 1:1"},
         {"equal ones by id", 2, {0, 1}, {load(5, 4, 7), load(6, 4, 7), load(7, 4, 7)}, {}, "5:0 6:1"},
         {"what can't be shared before what can", 64, {3}, {load(0, 32, 10), load(1, 1, 20)}, {}, "1:3"},
         {"before an ending group's plans", 2, {1}, {load(0, 1, 1)}, {ending}, "0:1"},
         {"no free rank", 1, {}, three, {ending}, ""},
         {"nothing to do", 2, {0, 1}, {}, {}, ""}});
}

TrialLoad begun(TrialLoad trial, int cohort = 0) {
  trial.begun = true;
  trial.cohort = cohort;
  return trial;
}

TEST(Scheduler, WhatHasBegunGoesOnFirst) {
  TrialLoad late = load(2, 4, 90);
  late.cohort = 1;
  const std::vector<TrialLoad> cohorts = {load(0, 4, 9), urgent(begun(load(1, 4, 90), 1)), late, load(3, 4, 2)};
  check(SweepMode::kElastic, 1,
        {{"not the longest", 2, {0, 1}, {load(0, 4, 10), load(1, 4, 30), begun(load(2, 4, 2))}, {}, "2:0 1:1"},
         {"who holds up others before", 1, {0}, {begun(load(0, 4, 10)), urgent(load(1, 4, 3))}, {}, "1:0"},
         {"but the earlier cohort before all", 3, {0, 1, 2}, cohorts, {}, "0:0 3:1 1:2"}});
  check(
      SweepMode::kConcurrent, 1,
      {{"by id among equals", 2, {0, 1}, {load(0, 4, 10), begun(load(1, 4, 1)), begun(load(2, 4, 9))}, {}, "1:0 2:1"}});
  check(SweepMode::kSequential, 1, {{"not the lowest id", 1, {0}, {load(0, 1, 10), begun(load(1, 1, 1))}, {}, "1:0"}});
}

TEST(Scheduler, NoMoreAreBegunThanMayBe) {
  for (const SweepMode mode : {SweepMode::kElastic, SweepMode::kConcurrent, SweepMode::kSequential}) {
    PoolState pool{.mode = mode, .ranks = 3, .free_ranks = {0, 1, 2}};
    pool.waiting = {load(0, 1, 9), load(1, 1, 9), begun(load(2, 1, 1), 1)};
    pool.may_begin = 0;
    EXPECT_EQ(text(schedule(pool)), "2:0") << to_word(mode);
    pool.waiting.pop_back();
    EXPECT_EQ(text(schedule(pool)), "") << to_word(mode);
    pool.may_begin = -3;  // a start on fewer ranks
    EXPECT_EQ(text(schedule(pool)), "") << to_word(mode);
    pool.may_begin = 1;
    EXPECT_EQ(text(schedule(pool)), "0:0") << to_word(mode);
  }
}

TEST(Scheduler, ElasticSharesOutWhatIsLeft) {
  const std::vector<int> ten = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  check(SweepMode::kElastic, 1,
        {{"more ranks than help", 10, ten, {load(0, 4, 10), load(1, 4, 10)}, {}, "0:0,1,2,3 1:4,5,6,7"},
         {"the longest first", 4, {0, 1, 2, 3}, {load(0, 4, 90), load(1, 4, 10)}, {}, "0:0,1 1:2,3"},
         {"all to the longest", 5, {0, 1, 2, 3, 4}, {load(0, 4, 90), load(1, 4, 10)}, {}, "0:0,1,2,3 1:4"},
         {"sizes that don't help", 9, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {load(0, 10, 1)}, {}, "0:0,1,2,3,4"},
         {"one microbatch, one rank", 10, ten, {load(0, 1, 50), load(1, 1, 5)}, {}, "0:0 1:1"}});
}

TEST(Scheduler, ElasticEnlargesRunningGroups) {
  const auto running = [](int trial, int microbatches, std::int64_t steps, std::vector<int> ranks) {
    return RunningGroup{load(trial, microbatches, steps), 10 + trial, std::move(ranks), false};
  };
  check(SweepMode::kElastic, 1,
        {{"the tail", 2, {1}, {}, {running(0, 4, 100, {0})}, "end 10"},
         {"only the longest", 3, {2}, {}, {running(0, 4, 90, {0}), running(1, 4, 100, {1})}, "end 11"},
         {"saves no more than it costs", 2, {1}, {}, {running(0, 2, 2, {0})}, ""},
         {"saves more than it costs", 2, {1}, {}, {running(0, 2, 3, {0})}, "end 10"},
         {"one rank more saves too little, three don't", 4, {1, 2, 3}, {}, {running(0, 4, 1, {0})}, "end 10"},
         {"the next size doesn't fit", 7, {6}, {}, {running(0, 12, 100, {0, 1, 2, 3, 4, 5})}, ""},
         {"so the next trial grows",
          8,
          {7},
          {},
          {running(0, 12, 99, {0, 1, 2, 3, 4, 5}), running(1, 2, 9, {6})},
          "end 11"},
         {"has all that help", 9, {4, 5, 6, 7, 8}, {}, {running(0, 4, 100, {0, 1, 2, 3})}, ""},
         {"not while one waits", 2, {1}, {load(7, 1, 1)}, {running(0, 4, 100, {0})}, "7:1"}});
}

TEST(Scheduler, ElasticKeepsRanksForEndingGroups) {
  const RunningGroup ending = {load(0, 2, 100), 10, {0}, true};
  const RunningGroup other = {load(0, 2, 160), 10, {0}, true};
  const RunningGroup longer = {load(1, 8, 1000), 11, {1}, false};
  check(SweepMode::kElastic, 1,
        {{"not asked again", 2, {1}, {}, {ending}, ""},
         {"its rank is kept", 3, {2}, {}, {ending, longer}, ""},
         {"the others are free", 4, {2, 3}, {}, {ending, longer}, "end 11"},
         {"back with its extra ranks", 5, {0, 2, 3, 4}, {load(0, 4, 9)}, {longer}, "0:0,2,3,4"},
         {"up to what helps", 5, {0, 2, 3, 4}, {load(0, 2, 9)}, {longer}, "0:2,3 end 11"},
         {"shared with another that is ending", 5, {1, 2, 3, 4}, {load(7, 8, 100)}, {other}, "7:1,2,3"}});
}

TEST(Scheduler, AGroupTakesOneRankOfAGpu) {
  // Ranks 0 and 2 have GPU 0, ranks 1 and 3 GPU 1, rank 4 one of its own.
  const auto shared = [](SweepMode mode, int group_size, std::vector<int> free, std::vector<TrialLoad> waiting,
                         std::vector<RunningGroup> running = {}) {
    return text(schedule({.mode = mode,
                          .group_size = group_size,
                          .ranks = 5,
                          .free_ranks = std::move(free),
                          .waiting = std::move(waiting),
                          .running = std::move(running),
                          .gpu_of = {0, 1, 0, 1, 4}}));
  };
  using enum SweepMode;
  EXPECT_EQ(shared(kSequential, 1, {0, 1, 2, 3, 4}, {load(3, 8, 9)}), "3:0,1,4") << "not all five";
  EXPECT_EQ(shared(kConcurrent, 2, {0, 1, 2, 3}, {load(3, 8, 9), load(4, 8, 9)}), "3:0,1 4:2,3");
  EXPECT_EQ(shared(kConcurrent, 4, {0, 1, 2, 3, 4}, {load(3, 8, 9), load(4, 1, 9)}), "3:0,1,4 4:2") << "three GPUs";
  const RunningGroup beside = {load(9, 8, 5), 7, {1, 3}, false};
  EXPECT_EQ(shared(kConcurrent, 2, {0, 2}, {load(3, 8, 9), load(4, 1, 9)}, {beside}), "")
      << "two ranks are free, but on one GPU: it waits, and nobody overtakes";
  EXPECT_EQ(shared(kElastic, 1, {0, 1, 2, 3, 4}, {load(0, 8, 9), load(1, 8, 9), load(2, 8, 9), load(3, 8, 9)}),
            "0:2 1:3 2:4 3:0,1");
  EXPECT_EQ(shared(kElastic, 1, {0, 2}, {load(3, 8, 9)}), "3:0");
  EXPECT_EQ(shared(kElastic, 1, {4}, {}, {{load(9, 8, 500), 7, {1, 2}, false}}), "") << "nobody ends to grow";
}

TEST(Scheduler, PrefersNeighbours) {
  const std::vector<int> holes = {0, 2, 3, 5, 6, 7, 8};
  check(SweepMode::kElastic, 1,
        {{"the run that fits: four", 9, holes, {load(0, 4, 9)}, {}, "0:5,6,7,8"},
         {"the run that fits: two", 9, holes, {load(0, 2, 9)}, {}, "0:2,3"},
         {"the run that fits: one", 9, holes, {load(0, 1, 9)}, {}, "0:0"},
         {"large groups choose first", 9, holes, {load(0, 1, 900), load(1, 4, 9)}, {}, "0:0 1:5,6,7,8"},
         {"several runs if none fits", 9, holes, {load(0, 5, 9)}, {}, "0:0,5,6,7,8"}});
}

}  // namespace
}  // namespace unmask
