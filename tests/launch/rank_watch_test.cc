// On 1 to 4 ranks. That a silent rank ends the job: watchdog.py.
#include "launch/rank_watch.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

TEST(RankWatchTest, WorkThatTakesLongerThanTheTimeoutIsNoSilence) {
  Session session(&mpi_runtime());
  RankWatch watch(session, 1);
  // Each rank is busy for another time, and none of them is in MPI meanwhile.
  std::this_thread::sleep_for(std::chrono::milliseconds(1500 + 300 * session.rank()));
  session.world().barrier();
  watch.close();
  session.world().barrier();
  session.close();
}

TEST(RankWatchTest, RankZeroHearsHowMuchAllHaveDone) {
  Session session(&mpi_runtime());
  RankWatch watch(session, 1);
  for (int i = 0; i < 3; ++i) watch.advance("working");
  // Each heartbeat comes within a fifth of a second.
  while (session.speaks() && watch.advanced() < 3 * session.world().world()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GE(watch.advanced(), 3);
  session.world().barrier();
  watch.close();
  session.close();
}

TEST(RankWatchTest, ATimeoutOfNothingIsRefused) {
  Session session(&mpi_runtime());
  for (const double timeout_s : {0.0, -1.0}) {
    try {
      RankWatch watch(session, timeout_s);
      ADD_FAILURE() << timeout_s << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_STREQ(error.what(), "--timeout must be > 0 seconds");
    }
  }
  session.close();
}

TEST(RankWatchTest, ARankThatFailsLeavesTheWatchWithoutItsPeers) {
  Session session(&mpi_runtime());
  { RankWatch watch(session, 60); }  // not closed: an exception is on its way
  session.world().barrier();
  session.close();
}

}  // namespace
}  // namespace unmask
