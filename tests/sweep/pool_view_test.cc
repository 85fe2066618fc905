#include "sweep/pool_view.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tests/sweep/small_sweep.h"

namespace unmask {
namespace {

class PoolViewTest : public testing::Test {
 protected:
  /// Ranks 0 to 2 of class "a", rank 3 of class "b".
  PoolViewTest() {
    for (const int rank : {0, 1, 2}) ranks_.hear(rank, {0, "a", "h1", {}});
    ranks_.hear(3, {0, "b", "h2", {}});
  }
  PoolState pool(const std::string& numerics) const { return pool_view(trials_, leases_, ranks_, numerics, {}); }
  static std::vector<int> ids(const std::vector<TrialLoad>& loads) {
    std::vector<int> list;
    for (const TrialLoad& load : loads) list.push_back(load.trial);
    return list;
  }
  void start(int trial, const std::vector<int>& members, const std::string& numerics) {
    trials_.start_training(trial, members, numerics);
    leases_.open(trial, members, false, 0);
    for (const int rank : members) ranks_.take(rank);
  }
  /// It was interrupted, so that it waits again.
  void end(int trial, int lease, const std::string& numerics) {
    LeaseResult result = test_support::lease_result(LeaseEnd::kInterrupted, 0, 0.5);
    result.numerics = {numerics};
    trials_.keep_result(trial, result, false);
    for (const int rank : std::set<int>(leases_.find(lease)->still_in)) {
      leases_.leave(rank, lease);
      ranks_.hear(rank, {lease, "", "", {}});
    }
  }

  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
  Ledger ledger_{folder_};
  TrialTable trials_{test_support::small_sweep(5, 2), folder_, ledger_};
  LeaseTable leases_{2};
  RankRoster ranks_{4, "a", true};
};

TEST_F(PoolViewTest, NewTrialsAreSharedOutByTheSizesOfTheClasses) {
  const PoolState a = pool("a"), b = pool("b");
  EXPECT_EQ(a.ranks, 3);
  EXPECT_EQ(a.free_ranks, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(ids(a.waiting), (std::vector<int>{0, 1, 2, 3}));  // 5 * 3/4, rounded up
  EXPECT_EQ(b.ranks, 1);
  EXPECT_EQ(b.free_ranks, std::vector<int>{3});
  EXPECT_EQ(ids(b.waiting), (std::vector<int>{0, 1}));  // 5 * 1/4, rounded up
  EXPECT_EQ(a.waiting[0].steps_left, 2 * test_support::kStepsPerEpoch);
  EXPECT_EQ(a.lease_cost_s, 2);
  EXPECT_GE(a.may_begin, 5);
  EXPECT_EQ(a.mode, SweepMode::kElastic);
}

TEST_F(PoolViewTest, WhoRunsIsSeenByItsOwnClassAlone) {
  start(0, {0, 1}, "a");
  start(1, {3}, "b");
  leases_.ask_to_end(2);
  const PoolState a = pool("a"), b = pool("b");
  EXPECT_EQ(a.free_ranks, std::vector<int>{2});
  ASSERT_EQ(a.running.size(), 1u);
  EXPECT_EQ(a.running[0].load.trial, 0);
  EXPECT_EQ(a.running[0].lease, 1);
  EXPECT_EQ(a.running[0].ranks, (std::vector<int>{0, 1}));
  EXPECT_FALSE(a.running[0].ending);
  EXPECT_TRUE(a.running[0].load.begun);
  ASSERT_EQ(b.running.size(), 1u);
  EXPECT_EQ(b.running[0].load.trial, 1);
  EXPECT_TRUE(b.running[0].ending);
  EXPECT_EQ(ids(a.waiting), (std::vector<int>{2, 3, 4}));  // 3 * 3/4, rounded up
  EXPECT_EQ(ids(b.waiting), std::vector<int>{2});
}

TEST_F(PoolViewTest, ATrialGoesOnInItsClassAsLongAsThatIsHere) {
  start(4, {3}, "b");
  end(4, 1, "b");
  EXPECT_EQ(ids(pool("a").waiting), (std::vector<int>{0, 1, 2}));  // 4 * 3/4
  EXPECT_EQ(ids(pool("b").waiting), (std::vector<int>{0, 4}));     // 4 * 1/4, and its own
  ranks_.lose(3);
  EXPECT_EQ(ids(pool("a").waiting), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(PoolViewTest, OneThatScoresIsNoTraining) {
  leases_.open(1, {1}, /*score_test=*/true, 0);
  EXPECT_TRUE(pool("a").running.empty());
  EXPECT_EQ(ids(pool("a").waiting), (std::vector<int>{0, 2, 3})) << "nor is it waiting: 4 * 3/4";
}

// Else its trial would be in no list: others would be regrouped for ranks that it gets back, and in sequential mode the
// next trial would start on those that are back first.
TEST_F(PoolViewTest, AnEndedLeaseWhoseRanksAreOnTheirWayIsEnding) {
  start(0, {0, 1}, "a");
  trials_.keep_result(0, test_support::lease_result(LeaseEnd::kInterrupted, 1, 0.5), false);
  leases_.mark_ended(1);
  leases_.leave(0, 1);
  ranks_.hear(0, {1, "", "", {}});
  const auto only_group = [&] {
    const PoolState a = pool("a");
    EXPECT_EQ(a.running.size(), 1u);
    EXPECT_TRUE(a.running.at(0).ending);
    EXPECT_EQ(ids(a.waiting), (std::vector<int>{1, 2, 3}));
    return a.running.at(0);
  };
  EXPECT_EQ(only_group().load.steps_left, test_support::kStepsPerEpoch);
  trials_.keep_result(0, test_support::lease_result(LeaseEnd::kTrialDone, 2, 0.5), false);
  EXPECT_EQ(only_group().load.steps_left, 0) << "no rank is kept for it";
}

TEST_F(PoolViewTest, WhoHoldsUpOthersAtARungIsMarked) {
  const test_support::TemporaryFolder another;
  const RunFolder folder(another.path());
  Ledger ledger(folder);
  TrialTableOptions options = test_support::small_sweep(3, 4);
  options.sweep.stop = StoppingRule::kHalving;
  options.sweep.rungs = 1;
  TrialTable trials(options, folder, ledger);
  RankRoster ranks(1, "a", false);
  ranks.hear(0, {0, "a", "h1", {}});
  trials.start_training(1, {0}, "a");
  trials.keep_result(1, test_support::lease_result(LeaseEnd::kLeaseOver, 2, 0.5), false);  // it has reached the rung
  const PoolState pool = pool_view(trials, LeaseTable(2), ranks, "a", {});
  ASSERT_EQ(pool.waiting.size(), 2u) << "trial 1 waits for the decision, not for ranks";
  for (const TrialLoad& load : pool.waiting) EXPECT_TRUE(load.holds_up_others) << load.trial;
  EXPECT_EQ(pool.may_begin, 1 + options.sweep.cohort - 1) << "as many as run and a cohort, and trial 1 has begun";
}

}  // namespace
}  // namespace unmask
