#include "sweep/plan/simulator.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sweep/plan/disk_plan.h"

namespace unmask {
namespace {

TrialLoad load(int trial, int microbatches, std::int64_t steps, double microbatch_s = 1) {
  return {.trial = trial, .microbatches = microbatches, .steps_left = steps, .microbatch_s = microbatch_s};
}

/// The published space: batches of 256 to 1024 in microbatches of 32, 15 to 25 epochs of 2000 to 20,000 frames.
std::vector<TrialLoad> published(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<TrialLoad> trials;
  for (int i = 0; i < count; ++i) {
    const int microbatches = std::vector{8, 16, 32}[random() % 3];
    const int epochs = std::vector{15, 20, 25}[random() % 3];
    const int frames = std::vector{2000, 5000, 10000, 15000, 20000}[random() % 5];
    const int batch = microbatches * 32;
    trials.push_back(load(i, microbatches, std::int64_t{epochs} * ((frames + batch - 1) / batch), 0.1));
  }
  return trials;
}

/// 1 to `most` microbatches, 200 to 4200 steps.
std::vector<TrialLoad> any(int count, unsigned seed, unsigned most) {
  std::mt19937 random(seed);
  std::vector<TrialLoad> trials;
  for (int i = 0; i < count; ++i) {
    const int microbatches = 1 + static_cast<int>(random() % most);
    trials.push_back(load(i, microbatches, 200 + static_cast<std::int64_t>(random() % 4000), 0.1));
  }
  return trials;
}

SimulationResult run(const std::vector<TrialLoad>& trials, int ranks, SweepMode mode = SweepMode::kElastic,
                     int group_size = 1, double lease_cost_s = 2) {
  SimulationResult result = simulate(
      {.mode = mode, .group_size = group_size, .ranks = ranks, .trials = trials, .lease_cost_s = lease_cost_s});
  EXPECT_EQ(result.faults, std::vector<std::string>()) << to_word(mode);
  EXPECT_GE(result.makespan_s, result.bound_s) << to_word(mode);
  EXPECT_EQ(result.makespan_s, *std::max_element(result.finished_at_s.begin(), result.finished_at_s.end()))
      << to_word(mode);
  return result;
}

/// The promise for sweeps of mixed lengths.
void expect_near_bound(const std::vector<TrialLoad>& trials, int ranks) {
  const SimulationResult elastic = run(trials, ranks);
  EXPECT_LE(elastic.makespan_s, 1.05 * elastic.bound_s) << trials.size() << " trials on " << ranks;
  EXPECT_LE(elastic.makespan_s, run(trials, ranks, SweepMode::kConcurrent).makespan_s)
      << trials.size() << " on " << ranks;
}

TEST(Simulator, TenThousandTrialsOnAThousandRanks) {
  expect_near_bound(published(10000, 1), 1024);
  expect_near_bound(any(10000, 2, 40), 1024);
}

TEST(Simulator, AFewTrialsMoreThanRanks) {
  expect_near_bound(any(1500, 3, 40), 1024);
  expect_near_bound(published(140, 4), 64);
}

TEST(Simulator, FewUnequalTrials) {
  for (unsigned seed = 0; seed < 20; ++seed) expect_near_bound(published(6, seed), 4);
}

TEST(Simulator, FewerTrialsThanRanks) {
  expect_near_bound(published(64, 5), 1024);
  expect_near_bound(any(64, 6, 32), 1024);
}

// Trials that can't be shared have to begin early, even if others are longer on one rank.
TEST(Simulator, UnsharedTrialsAreNotLeftForTheEnd) {
  std::vector<TrialLoad> trials;
  for (int i = 0; i < 1500; ++i) trials.push_back(i % 2 == 0 ? load(i, 32, 312, 0.1) : load(i, 1, 4000, 0.1));
  expect_near_bound(trials, 1024);
}

TEST(Simulator, OneTrialTakesWhatHelps) {
  const SimulationResult result = run({load(7, 10, 100)}, 1024);
  EXPECT_DOUBLE_EQ(result.makespan_s, 100 + 2);
  EXPECT_DOUBLE_EQ(result.bound_s, 100);
  EXPECT_EQ(result.leases, 1);
  EXPECT_NEAR(result.idle_share, 1 - 1000.0 / (1024 * 102), 1e-12);
}

TEST(Simulator, OneMicrobatchIsNeverShared) {
  expect_near_bound(any(10000, 8, 1), 1024);
  // Two rounds: only moving trials between ranks would come near the bound of 1.25 rounds.
  const SimulationResult result =
      run({load(0, 1, 90), load(1, 1, 90), load(2, 1, 90), load(3, 1, 90), load(4, 1, 90)}, 4);
  EXPECT_DOUBLE_EQ(result.makespan_s, 2 * (90 + 2));
  EXPECT_DOUBLE_EQ(result.bound_s, 1.25 * 90);
  EXPECT_EQ(result.leases, 5);
}

TEST(Simulator, LeasesEndAtStepBoundaries) {
  const SimulationResult result = run({load(0, 2, 10), load(1, 2, 3, 0.75)}, 2, SweepMode::kElastic, 1, 0);
  // Trial 1 ends at 4.5 s, within a step of 4 to 6 s: then 7 steps are left for two ranks.
  EXPECT_DOUBLE_EQ(result.finished_at_s[1], 4.5);
  EXPECT_DOUBLE_EQ(result.finished_at_s[0], 6 + 7);
  EXPECT_NEAR(result.idle_share, 1.5 / 26, 1e-12);
}

TEST(Simulator, EveryLeaseCosts) {
  const SimulationResult result = run({load(0, 2, 10), load(1, 2, 4)}, 2);
  EXPECT_DOUBLE_EQ(result.finished_at_s[1], 2 + 8);
  EXPECT_DOUBLE_EQ(result.finished_at_s[0], 2 + 8 + 2 + 6);
  EXPECT_EQ(result.leases, 3);
  EXPECT_NEAR(result.idle_share, 1 - 28.0 / 36, 1e-12);
}

/// What a sweep of many starts has to do: 6 h a trial, in slots of 4 h.
SimulatedSweep in_slots(int trials, int ranks, SweepMode mode) {
  SimulatedSweep sweep{.mode = mode, .ranks = ranks, .slot_s = 4 * 3600};
  for (int id = 0; id < trials; ++id) sweep.trials.push_back(load(id, 1, 3600, 6));
  return sweep;
}

TEST(SimulatorStarts, GoOnWithWhatHasBegun) {
  for (const SweepMode mode : {SweepMode::kElastic, SweepMode::kConcurrent, SweepMode::kSequential}) {
    const int ranks = mode == SweepMode::kSequential ? 1 : 64, running = most_under_way({.mode = mode}, ranks);
    const SimulationResult result = simulate(in_slots(mode == SweepMode::kSequential ? 6 : 960, ranks, mode));
    EXPECT_EQ(result.faults, std::vector<std::string>()) << to_word(mode);
    EXPECT_EQ(result.under_way, running) << to_word(mode);
    EXPECT_LT(result.first_done_at_s, 2 * 4 * 3600) << to_word(mode) << ": not before the second start";
    EXPECT_GT(result.starts, 2) << to_word(mode);
    EXPECT_LT(result.makespan_s, 1.1 * result.bound_s) << to_word(mode);
  }
}

TEST(SimulatorStarts, OneThatGetsNowhereEnds) {
  SimulatedSweep sweep{.ranks = 2, .trials = {load(0, 1, 5, 10)}, .slot_s = 5};
  EXPECT_FALSE(simulate(sweep).faults.empty());
}

TEST(SimulatorStarts, CohortsUnderAStoppingRuleTakeNoMoreDiskThanPlanned) {
  SweepOptions options;
  options.stop = StoppingRule::kHalving;
  for (const SweepMode mode : {SweepMode::kElastic, SweepMode::kConcurrent, SweepMode::kSequential}) {
    options.mode = mode;
    for (unsigned seed = 0; seed < 100; ++seed) {
      SimulatedSweep sweep{.mode = mode, .trials = any(96, seed, 4), .slot_s = seed % 2 == 0 ? 0.0 : 700, .rungs = 2};
      sweep.ranks = std::vector{1, 4, 7, 40}[seed % 4];
      sweep.keep = seed % 3 == 0 ? 1 : 0.5;
      sweep.most_under_way = most_under_way(options, sweep.ranks);
      for (TrialLoad& trial : sweep.trials) trial.cohort = trial.trial / options.cohort;
      const SimulationResult result = simulate(sweep);
      ASSERT_EQ(result.faults, std::vector<std::string>()) << to_word(mode) << " " << seed;
      ASSERT_LE(result.under_way, sweep.most_under_way) << to_word(mode) << " " << seed;
      ASSERT_LT(result.first_done_at_s, 0.6 * result.makespan_s) << to_word(mode) << " " << seed;
    }
  }
}

TEST(Simulator, NothingToDo) {
  EXPECT_EQ(simulate({.ranks = 4, .trials = {}}).makespan_s, 0);
  EXPECT_TRUE(simulate({.ranks = 4, .trials = {load(0, 4, 0)}}).faults.empty());
}

TEST(Simulator, TrialsOfOneIdAreAFault) {
  EXPECT_FALSE(simulate({.ranks = 2, .trials = {load(3, 1, 5), load(3, 1, 5)}}).faults.empty());
}

TEST(SimulatorBound, KnowsWhichSizesHelp) {
  EXPECT_DOUBLE_EQ(makespan_bound({load(0, 10, 1)}, 9), 2);  // as on 5
  EXPECT_DOUBLE_EQ(makespan_bound({load(0, 10, 1), load(1, 10, 1)}, 4), 5);
  // Trial 0 needs both ranks all of 20 s, and wastes every fourth slot: it must run on one for a while.
  EXPECT_NEAR(makespan_bound({load(0, 3, 10), load(1, 3, 2)}, 2), 22, 1e-9);
}

/// 1 to 40 ranks, up to three trials a rank, ids in any order.
struct SmallPool {
  explicit SmallPool(unsigned seed) {
    std::mt19937 random(seed);
    ranks = 1 + static_cast<int>(random() % (seed % 3 == 0 ? 4 : 40));
    const unsigned most = std::vector{1U, 2U, 8U, 40U}[random() % 4];
    trials = any(1 + static_cast<int>(random() % static_cast<unsigned>(3 * ranks)), seed, most);
    for (TrialLoad& trial : trials) trial.trial = 5000 - 3 * trial.trial;
  }
  int ranks = 1;
  std::vector<TrialLoad> trials;
};

TEST(Simulator, SmallPoolsBreakNoRule) {
  for (unsigned seed = 0; seed < 1000; ++seed) {
    SmallPool pool(seed);
    std::mt19937 random(seed);
    for (TrialLoad& trial : pool.trials) {
      trial.holds_up_others = random() % 3 == 0;
      trial.microbatch_s *= 1 + static_cast<double>(random() % 8);
    }
    run(pool.trials, pool.ranks);
    run(pool.trials, pool.ranks, SweepMode::kSequential);
    for (const int group_size : {1, 3, 8}) run(pool.trials, pool.ranks, SweepMode::kConcurrent, group_size);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

// On a few ranks chance may pack trials better by id than the longest first, and 2 trials one after another on 3 ranks
// may beat 1 and 2 ranks side by side. That is rare, and 1.22 was the worst of 20,000 pools.
TEST(Simulator, SharedGpusBreakNoRule) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const int gpus = 1 + static_cast<int>(random() % 6), ranks = gpus * (1 + static_cast<int>(random() % 4));
    std::vector<int> gpu_of;
    for (int rank = 0; rank < ranks; ++rank) gpu_of.push_back(rank % gpus);
    const std::vector<TrialLoad> trials = any(1 + static_cast<int>(random() % 20), seed, 12);
    for (const SweepMode mode : {SweepMode::kSequential, SweepMode::kConcurrent, SweepMode::kElastic}) {
      const SimulationResult result = simulate({.mode = mode,
                                                .group_size = 1 + static_cast<int>(random() % 8),
                                                .ranks = ranks,
                                                .gpu_of = gpu_of,
                                                .trials = trials});
      EXPECT_EQ(result.faults, std::vector<std::string>()) << to_word(mode) << ", seed " << seed;
    }
  }
}

TEST(Simulator, ElasticIsSeldomWorseThanConcurrent) {
  constexpr unsigned kPools = 1000;
  double over_bound = 0;
  int worse = 0;
  for (unsigned seed = 0; seed < kPools; ++seed) {
    const SmallPool pool(seed);
    const SimulationResult elastic = run(pool.trials, pool.ranks);
    over_bound += elastic.makespan_s / elastic.bound_s / kPools;
    for (const int group_size : {1, 3, 8}) {
      const double concurrent_s = run(pool.trials, pool.ranks, SweepMode::kConcurrent, group_size).makespan_s;
      EXPECT_LE(elastic.makespan_s, concurrent_s * 4 / 3) << "seed " << seed << ", groups of " << group_size;
      worse += elastic.makespan_s > concurrent_s * (1 + 1e-9) ? 1 : 0;
    }
  }
  EXPECT_LE(over_bound, 1.05);
  EXPECT_LE(worse, 60);  // of 3000
}

}  // namespace
}  // namespace unmask
