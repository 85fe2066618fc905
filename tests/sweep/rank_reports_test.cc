#include "sweep/rank_reports.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tests/sweep/small_sweep.h"

namespace unmask {
namespace {

using test_support::lease_result;

/// Four ranks; a stranger's class is another.
class RankReportsTest : public testing::Test {
 protected:
  CoordinatorOptions options() {
    CoordinatorOptions options;
    options.numerics = "avx2";
    options.note = [this](const std::string& text) { notes_ += text + "\n"; };
    return options;
  }
  void greet(int rank, const std::string& numerics = "avx2") { reports_.hear(rank, RankFree{0, numerics, "node", {}}); }
  int open(int trial, const std::vector<int>& members) {
    return reports_.open(trials_.start_training(trial, members, "avx2")).lease;
  }
  void free(int rank, int lease) { reports_.hear(rank, RankFree{lease, "", "node", {}}); }
  const TrialRecord& record(int trial) const { return trials_.trial(trial).record; }

  test_support::TemporaryFolder temporary_;
  RunFolder folder_{temporary_.path()};
  RunLock lock_{folder_, {}};
  Ledger ledger_{folder_};
  TrialTable trials_{test_support::small_sweep(2, 2), folder_, ledger_};
  std::string notes_;
  CoordinatorOptions options_ = options();
  RankReports reports_{options_, 4, trials_, folder_, lock_};
};

TEST_F(RankReportsTest, RanksGreetWorkAndAreFreeAgain) {
  EXPECT_TRUE(reports_.take_change()) << "nothing has been decided yet";
  EXPECT_FALSE(reports_.take_change());
  for (const int rank : {0, 1, 2}) greet(rank);
  EXPECT_TRUE(reports_.take_change());
  EXPECT_FALSE(reports_.ranks().all_greeted());
  greet(3);
  EXPECT_TRUE(reports_.ranks().all_greeted());
  const int lease = open(0, {1, 2});
  EXPECT_EQ(reports_.ranks().largest_free_class(), (std::vector<int>{0, 3}));
  reports_.hear(1, LeaseEnded{lease, lease_result(LeaseEnd::kTrialDone, 2, 0.7), {}});
  free(1, lease);
  EXPECT_NE(reports_.leases().find(lease), nullptr) << "rank 2 is still in";
  free(2, lease);
  EXPECT_EQ(reports_.leases().find(lease), nullptr);
  EXPECT_EQ(reports_.ranks().largest_free_class(), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(record(0).state, TrialState::kDone);
  EXPECT_FALSE(reports_.stopping());
}

TEST_F(RankReportsTest, AnUnfitRankIsToldOfAndHasLeftItsLease) {
  for (const int rank : {0, 1, 2, 3}) greet(rank);
  const int lease = open(0, {1, 2});
  free(1, lease);
  reports_.take_change();
  reports_.hear(2, RankFree{lease, "avx2", "node", {}, "CUDA: an illegal memory access was encountered"});
  EXPECT_TRUE(reports_.take_change());
  EXPECT_EQ(reports_.leases().find(lease), nullptr) << "the last is out";
  EXPECT_EQ(reports_.ranks().largest_free_class(), (std::vector<int>{0, 1, 3}));
  EXPECT_NE(notes_.find("rank 2 on node can't work any more (CUDA: an illegal memory access"), std::string::npos)
      << notes_;
}

TEST_F(RankReportsTest, AStrangerIsToldOfAndGetsNoWork) {
  greet(0);
  greet(1, "sse");
  EXPECT_NE(notes_.find("rank 1 on node"), std::string::npos) << notes_;
  EXPECT_EQ(reports_.ranks().largest_free_class(), std::vector<int>{0});
}

TEST_F(RankReportsTest, WhoIsStoppedWithoutBeingAskedStopsTheSweep) {
  for (const int rank : {0, 1, 2, 3}) greet(rank);
  const int asked = open(0, {0}), alone = open(1, {1});
  EXPECT_TRUE(reports_.ask_to_end(asked));
  reports_.hear(0, LeaseEnded{asked, lease_result(LeaseEnd::kInterrupted, 1, 0.5), {}});
  EXPECT_FALSE(reports_.stopping()) << "it was asked to end";
  EXPECT_EQ(record(0).state, TrialState::kWaiting);
  reports_.hear(1, LeaseEnded{alone, lease_result(LeaseEnd::kInterrupted, 1, 0.5), {}});
  EXPECT_TRUE(reports_.stopping());
  EXPECT_EQ(record(1).state, TrialState::kPaused);
}

TEST_F(RankReportsTest, AnyRankMayAskForAStop) {
  greet(2);
  reports_.hear(2, StopAsked{});
  EXPECT_TRUE(reports_.stopping());
}

TEST_F(RankReportsTest, ARankThatFailsWithoutItsGroupStopsTheSweepAndIsNamedOnce) {
  for (const int rank : {0, 1, 2, 3}) greet(rank);
  const int lease = open(0, {1, 2});
  const Fault fault{.text = "the wire broke"};
  reports_.hear(2, LeaseBroken{lease, fault});
  reports_.hear(1, LeaseBroken{lease, fault});
  EXPECT_TRUE(reports_.stopping());
  EXPECT_NE(reports_.broken().find("rank 2 on node has failed without its group"), std::string::npos)
      << reports_.broken();
  EXPECT_EQ(record(0).failures, 1) << "one failure, though both have told";
  EXPECT_FALSE(reports_.leases().any_whole());
}

TEST_F(RankReportsTest, ADeadRankEndsTheLeaseOfItsGroupAndWhatItStillSaysIsNotHeard) {
  for (const int rank : {0, 1, 2, 3}) greet(rank);
  const int lease = open(0, {2, 3});
  reports_.take_change();
  reports_.lose(3);
  EXPECT_TRUE(reports_.take_change());
  EXPECT_NE(notes_.find("rank 3 on node has died; the sweep goes on with 3 of 4 ranks"), std::string::npos) << notes_;
  reports_.lose(3);
  EXPECT_FALSE(reports_.take_change()) << "that was known";
  free(2, lease);
  EXPECT_EQ(record(0).state, TrialState::kWaiting);
  EXPECT_EQ(record(0).failures, 1);
  reports_.hear(3, StopAsked{});
  EXPECT_FALSE(reports_.stopping());
  EXPECT_TRUE(reports_.open(trials_.start_training(0, {2}, "avx2")).ranks_died);
}

TEST_F(RankReportsTest, AfterAFaultNothingMoreIsRecorded) {
  for (const int rank : {0, 1, 2, 3}) greet(rank);
  const int lease = open(0, {0}), dying = open(1, {1});
  reports_.stop_recording();
  reports_.hear(0, LeaseEnded{lease, lease_result(LeaseEnd::kTrialDone, 2, 0.7), {}});
  reports_.lose(1);
  EXPECT_EQ(record(0).state, TrialState::kRunning);
  EXPECT_EQ(record(1).state, TrialState::kRunning);
  EXPECT_EQ(reports_.leases().find(dying), nullptr);
}

}  // namespace
}  // namespace unmask
