#include "sweep/heartbeat.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "base/host_name.h"
#include "base/seconds_since.h"
#include "sweep/liveness.h"
#include "sweep/messages.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

HeartbeatThread::HeartbeatThread(RankNetwork& network, const Progress& progress, const std::atomic<int>& lease,
                                 double timeout_s, std::function<void(const std::string&)> on_silence,
                                 std::function<RankSeconds()> seconds)
    : network_(network),
      progress_(progress),
      lease_(lease),
      timeout_s_(timeout_s),
      on_silence_(std::move(on_silence)),
      seconds_(std::move(seconds)),
      thread_([this] {
        try {
          run();
        } catch (const std::exception& error) {
          on_silence_(error.what());
        }
      }) {}

HeartbeatThread::~HeartbeatThread() {
  stop_ = true;
  thread_.join();
}

void HeartbeatThread::run() {
  const auto every = std::chrono::duration<double>(heartbeat_every_s(timeout_s_));
  const std::string host = host_name();
  const auto start = Clock::now();
  double heard_s = 0, looked_s = 0;
  auto sent = start - std::chrono::hours(1);
  while (!stop_) {
    // Also what MPI still has to move for this rank moves on when it is polled.
    while (network_.poll(RankNetwork::Box::kHeartbeat)) heard_s = seconds_since(start);
    const double now_s = seconds_since(start);
    heard_s = forgiving_s(heard_s, std::exchange(looked_s, now_s), now_s);
    if (const auto lost = network_.lost(); !lost.empty() && lost.front() == kCoordinatorRank) {
      on_silence_("rank zero has died");
      return;
    }
    if (now_s - heard_s >= timeout_s_) {
      on_silence_("rank zero is silent for " + std::to_string(std::lround(now_s - heard_s)) +
                  " s: it is stopped, or the network to it is cut");
      return;
    }
    if (Clock::now() - sent >= every) {
      sent = Clock::now();
      // Not by the coordinator's thread: a disk that makes it wait is no reason for the others to end the job.
      for (int rank = 0; network_.rank() == kCoordinatorRank && rank < network_.world(); ++rank)
        network_.send(rank, RankNetwork::Box::kHeartbeat, "");
      const Progress::State state = progress_.state();
      network_.send(kCoordinatorRank, RankNetwork::Box::kCoordinator,
                    to_text(Report(Heartbeat{lease_, state.count, state.doing, state.operation, state.sequence, host,
                                             seconds_ ? seconds_() : RankSeconds()})));
    }
    std::this_thread::sleep_for(every / 5);
  }
}

}  // namespace unmask
