#include "sweep/heartbeat.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "base/host_name.h"
#include "sweep/messages.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

constexpr double kTimeoutS = 60;

TEST(HeartbeatTest, EveryRankTellsRankZeroWhatItIsDoing) {
  const auto network = mpi_network();
  Progress progress;
  const std::atomic<int> lease = 5;
  progress.advance("training");
  {
    const HeartbeatThread thread(
        *network, progress, lease, kTimeoutS, [](const std::string& reason) { ADD_FAILURE() << reason; },
        [] { return RankSeconds{1, 2, 3, 4, 5, 6}; });
    std::vector<bool> heard(static_cast<std::size_t>(network->world()), network->rank() != 0);
    while (std::ranges::find(heard, false) != heard.end()) {
      const auto message = network->poll(RankNetwork::Box::kCoordinator);
      if (!message) continue;
      const auto beat = std::get<Heartbeat>(report_from(message->text));
      EXPECT_EQ(beat.lease, 5);
      EXPECT_EQ(beat.count, 1);
      EXPECT_EQ(beat.doing, "training");
      EXPECT_EQ(beat.host, host_name());
      EXPECT_EQ(beat.seconds.idle_s, 6);
      heard[static_cast<std::size_t>(message->from)] = true;
    }
    mpi_world().barrier();
  }
  network->close();
}

// All ranks but zero: it sends itself the sign of life that it waits for.
TEST(HeartbeatTest, TheSilenceOfRankZeroIsNoticed) {
  const auto network = mpi_network();
  if (network->rank() != 0) {
    Progress progress;
    const std::atomic<int> lease = 0;
    std::mutex mutex;
    std::condition_variable told;
    std::vector<std::string> reasons;
    const HeartbeatThread thread(*network, progress, lease, 0.5, [&](const std::string& reason) {
      const std::lock_guard lock(mutex);
      reasons.push_back(reason);
      told.notify_one();
    });
    std::unique_lock lock(mutex);
    told.wait(lock, [&] { return !reasons.empty(); });
    EXPECT_EQ(reasons.front().find("rank zero is silent for "), 0u) << reasons.front();
  }
  mpi_world().barrier();
  network->close();
}

}  // namespace
}  // namespace unmask
