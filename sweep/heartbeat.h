// Every rank's sign of life: a thread that tells the coordinator what the rank is doing, and hears whether rank zero
// lives.
//
//   Progress progress;
//   std::atomic<int> lease = 0;
//   const HeartbeatThread heartbeat(network, progress, lease, 60, [](const std::string& reason) { end_job(reason); });
//   progress.advance("training");  // from here on rank zero is told so
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "dist/progress.h"
#include "dist/rank_network.h"
#include "sweep/plan/rank_seconds.h"

namespace unmask {

/// From construction to destruction. Every rank, zero included.
class HeartbeatThread {
 public:
  /// `progress` and `network` must outlive it. `lease` is the one that the rank works on, 0 = none; `seconds` is asked
  /// from the thread, and may be empty. If rank zero is silent for `timeout_s`, `on_silence` is called with the reason,
  /// from the thread: it must end the process.
  HeartbeatThread(RankNetwork& network, const Progress& progress, const std::atomic<int>& lease, double timeout_s,
                  std::function<void(const std::string&)> on_silence, std::function<RankSeconds()> seconds = {});
  ~HeartbeatThread();
  HeartbeatThread(const HeartbeatThread&) = delete;

 private:
  void run();

  RankNetwork& network_;
  const Progress& progress_;
  const std::atomic<int>& lease_;
  double timeout_s_;
  std::function<void(const std::string&)> on_silence_;
  std::function<RankSeconds()> seconds_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace unmask
