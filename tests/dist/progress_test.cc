#include "dist/progress.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "dist/thread_communicator.h"
#include "tests/dist/communicator_conformance.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

class ProgressWatchedConformance : public testing::TestWithParam<conformance::NamedPromise> {};
TEST_P(ProgressWatchedConformance, HoldsForOneToFourRanks) {
  for (int world = 1; world <= 4; ++world) {
    run_ranks(world, {}, [](Communicator& communicator) {
      Progress progress;
      const auto copy = watched(communicator.duplicate(), progress);
      GetParam().check(*copy);
      copy->close();
    });
  }
}
INSTANTIATE_TEST_SUITE_P(Promises, ProgressWatchedConformance, testing::ValuesIn(conformance::kPromises),
                         conformance::name_of);

TEST(Progress, CountsWorkAndCollectivesThatAreOver) {
  run_ranks(2, {}, [](Communicator& communicator) {
    Progress progress;
    progress.advance("opening");
    EXPECT_EQ(progress.state().count, 1);
    EXPECT_EQ(progress.state().doing, "opening");
    const auto copy = watched(communicator.duplicate(), progress);
    copy->barrier();
    EXPECT_EQ(progress.state().count, 2);
    EXPECT_EQ(progress.state().operation, "");
    const auto second = copy->duplicate();
    EXPECT_EQ(progress.state().count, 3);
    second->close();
    EXPECT_EQ(progress.state().count, 4) << "a duplicate is watched too";
    copy->close();
  });
}

TEST(Progress, WatchesAnotherCommunicatorOfTheGroupAsTheGroupIs) {
  run_ranks(2, {}, [](Communicator& communicator) {
    Progress progress;
    const auto group = watched(communicator.duplicate(), progress);
    const auto other = watched_as(*group, communicator.duplicate());
    other->barrier();
    EXPECT_EQ(progress.state().count, 1);
    other->close();
    group->close();
    const auto unwatched = watched_as(communicator, communicator.duplicate());
    unwatched->barrier();
    unwatched->close();
    EXPECT_EQ(progress.state().count, 3) << "of the two that were closed";
    EXPECT_EQ(watched_as(*group, nullptr), nullptr);
  });
}

TEST(Progress, NamesTheCollectiveThatWaitsForAPeer) {
  std::atomic<bool> seen = false;
  run_ranks(2, {}, [&](Communicator& communicator) {
    Progress progress;
    const auto copy = watched(communicator.duplicate(), progress);
    copy->barrier();
    if (communicator.rank() == 1) {
      while (!seen) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      copy->barrier();
      copy->close();
      return;
    }
    std::thread watcher([&] {
      Progress::State state = progress.state();
      while (state.operation.empty()) state = progress.state();
      EXPECT_EQ(state.operation, "barrier");
      EXPECT_EQ(state.sequence, 2);
      seen = true;
    });
    copy->barrier();
    watcher.join();
    copy->close();
  });
}

TEST(Progress, ShowsTheOldestOfTwoCollectives) {
  Progress progress;
  const Progress::InCollective first(progress, "all_gather", 4);
  {
    const Progress::InCollective second(progress, "barrier", 1);
    EXPECT_EQ(progress.state().operation, "all_gather");
  }
  EXPECT_EQ(progress.state().sequence, 4);
}

}  // namespace
}  // namespace unmask
