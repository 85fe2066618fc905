#include "dist/kept_communicator.h"

#include <gtest/gtest.h>

#include "dist/forwarding_communicator.h"
#include "dist/nccl_communicator.h"
#include "dist/progress.h"
#include "tests/dist/communicator_conformance.h"
#include "tests/support/fake_nccl.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

using test_support::fake_nccl;

/// Three ranks that live from lease to lease, each with its own GPU.
class KeptCommunicatorOfNccl : public testing::Test {
 protected:
  void SetUp() override {
    fake_nccl().inits = 0;
    for (int rank = 0; rank < 3; ++rank) {
      kept_.push_back(std::make_unique<KeptCommunicator>([rank](Communicator& group) {
        return make_nccl_communicator(group, {.local_rank = rank, .timeout_s = 20});
      }));
    }
  }
  void TearDown() override {
    kept_.clear();
    EXPECT_EQ(fake_nccl().live_communicators + fake_nccl().live_streams, 0);
  }

  /// Returns the number of communicators made in it. Each rank sums, and does `more`.
  int lease(
      const std::vector<int>& members, const std::function<void(Communicator&)>& more = [](Communicator&) {}) {
    const int before = fake_nccl().inits;
    run_ranks(static_cast<int>(members.size()), {}, [&](Communicator& group) {
      const auto sums = keeper(members, group).lend(group);
      conformance::ranks_are_numbered(*sums);
      more(*sums);
      sums->close();
      EXPECT_NE(conformance::error_of([&] { sums->barrier(); }).find("given back"), std::string::npos);
    });
    return fake_nccl().inits - before;
  }
  KeptCommunicator& keeper(const std::vector<int>& members, const Communicator& group) {
    return *kept_[static_cast<std::size_t>(members[static_cast<std::size_t>(group.rank())])];
  }

  std::vector<std::unique_ptr<KeptCommunicator>> kept_;
};

TEST_F(KeptCommunicatorOfNccl, IsMadeOnceForLeasesOfTheSameRanks) {
  EXPECT_EQ(lease({0, 1, 2}), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lease({0, 1, 2}), 0);
  EXPECT_EQ(fake_nccl().live_communicators, 3);
}

TEST_F(KeptCommunicatorOfNccl, OtherRanksMakeTheirOwnAndEachLetsTheOldOneGoByItself) {
  EXPECT_EQ(lease({0, 1}), 2);
  EXPECT_EQ(lease({1, 2}), 2);
  EXPECT_EQ(fake_nccl().live_communicators, 3) << "rank 0 has its old one still: it has met nobody";
  EXPECT_EQ(lease({0, 1, 2}), 3);
  EXPECT_EQ(fake_nccl().live_communicators, 3);
  EXPECT_EQ(lease({0, 1}), 2);
  EXPECT_EQ(lease({1, 0}), 2) << "the same ranks at other places";
}

TEST_F(KeptCommunicatorOfNccl, OneWhoHasItNoMoreIsEnoughToMakeAnotherOne) {
  EXPECT_EQ(lease({0, 1}), 2);
  kept_[1]->let_go();
  EXPECT_EQ(lease({0, 1}), 2);
  EXPECT_EQ(lease({0, 1}), 0);
}

TEST_F(KeptCommunicatorOfNccl, AfterALostDeviceAnotherOneIsMade) {
  EXPECT_EQ(lease({0, 1}), 2);
  run_ranks(2, {}, [&](Communicator& group) {
    const auto sums = keeper({0, 1}, group).lend(group);
    std::vector<float> values(3);
    if (group.rank() == 0) {
      fake_nccl().broken_device = 0;
      EXPECT_THROW(sums->all_reduce_sum(std::span(values)), DeviceLost);
    }
    sums->raise_alarm();
    sums->close();
  });
  EXPECT_EQ(fake_nccl().live_communicators, 0);
  fake_nccl().broken_device = -1;
  EXPECT_EQ(lease({0, 1}), 2);
}

TEST_F(KeptCommunicatorOfNccl, AfterAnInterruptAnAbortOrAFailedCallAnotherOneIsMade) {
  const std::function<void(Communicator&)> ends[] = {
      [](Communicator& sums) { sums.interrupt(), sums.abort("the lease failed"); },
      [](Communicator& sums) { sums.abort("the lease failed"); },
      [](Communicator& sums) { sums.abort("the lease failed"), sums.close(); },
      [](Communicator& sums) {
        EXPECT_THROW(sums.broadcast({}, 7), CommError);
        sums.close();
      }};
  for (const auto& end : ends) {
    run_ranks(2, {}, [&](Communicator& group) { end(*keeper({0, 1}, group).lend(group)); });
    EXPECT_EQ(fake_nccl().live_communicators, 0);
    EXPECT_EQ(lease({0, 1}), 2);
    EXPECT_EQ(lease({0, 1}), 0);
  }
}

TEST(KeptCommunicator, ComparesSizesAgainOnceItIsGivenBack) {
  struct Compared : ForwardingCommunicator {
    Compared(std::unique_ptr<Communicator> of, bool& compare) : ForwardingCommunicator(std::move(of)), last(compare) {}
    void compare_sizes(bool compare) override { last = compare; }
    bool& last;
  };
  run_ranks(2, {}, [](Communicator& group) {
    bool compares = true;
    KeptCommunicator kept([&](Communicator& of) { return std::make_unique<Compared>(of.duplicate(), compares); });
    const auto sums = kept.lend(group);
    sums->compare_sizes(false);
    EXPECT_FALSE(compares);
    sums->close();
    EXPECT_TRUE(compares);
  });
}

TEST(KeptCommunicator, IsClosedWhereItWasInterruptedBefore) {
  run_ranks(2, {}, [](Communicator& group) {
    int made = 0;
    KeptCommunicator kept([&](Communicator& of) { return ++made, of.duplicate(); });
    for (int lease = 0; lease < 2; ++lease) {
      const auto sums = kept.lend(group);
      sums->interrupt();
      sums->close();
    }
    EXPECT_EQ(made, 2);
  });
}

TEST_F(KeptCommunicatorOfNccl, AStartThatFailsIsThrownByAllAndLeavesNothing) {
  fake_nccl().no_start_on = 1;
  run_ranks(2, {}, [&](Communicator& group) { EXPECT_THROW(keeper({0, 1}, group).lend(group), std::runtime_error); });
  fake_nccl().no_start_on = -1;
  EXPECT_EQ(fake_nccl().live_communicators, 0);
  EXPECT_EQ(lease({0, 1}), 2);
}

TEST_F(KeptCommunicatorOfNccl, TheWatchdogReadsTheCollectivesOfTheLeaseThatItIsLentFor) {
  Progress progress[2];  // by rank, as long as the rank
  std::int64_t counts[2][2] = {};
  for (int lease = 0; lease < 2; ++lease) {
    auto communicators = make_thread_communicators(2);
    std::vector<std::jthread> threads;
    for (std::size_t rank = 0; rank < 2; ++rank) {
      threads.emplace_back([&, rank] {
        const auto group = watched(std::move(communicators[rank]), progress[rank]);
        const auto sums = watched_as(*group, kept_[rank]->lend(*group));
        const std::int64_t before = progress[rank].state().count;
        conformance::ranks_are_numbered(*sums);
        counts[lease][rank] = progress[rank].state().count - before;
        sums->close();
      });
    }
  }
  for (const auto& of_lease : counts) {
    for (const std::int64_t count : of_lease) EXPECT_EQ(count, 1);
  }
}

}  // namespace
}  // namespace unmask
