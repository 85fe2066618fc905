// Watches over the ranks of a command that has no coordinator (prepare, evaluate): a rank that stops, or a network that
// is cut, ends the job instead of leaving the others in MPI for ever.
//
//   RankWatch watch(session, 60);  // on all ranks
//   work();
//   watch.close();
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "dist/progress.h"
#include "launch/session.h"
#include "sweep/heartbeat.h"

namespace unmask {

class RankWatch {
 public:
  /// From here on the job ends with exit code 75 where a rank is silent for `timeout_s` (the option
  /// --timeout). COLLECTIVE. THROWS Error(kUsage) unless it is > 0.
  RankWatch(Session& session, double timeout_s);
  /// Never talks to the peers.
  ~RankWatch();
  RankWatch(const RankWatch&) = delete;
  /// COLLECTIVE.
  void close();

 private:
  void look_after_ranks();
  void end_threads();

  Session& session_;
  double timeout_s_;
  Progress progress_;           // silence is all that is looked for
  std::atomic<int> lease_ = 0;  // none
  std::atomic<bool> stop_ = false;
  std::unique_ptr<RankNetwork> network_;  // nothing where there is one rank
  std::unique_ptr<HeartbeatThread> heartbeat_;
  std::thread thread_;  // rank zero
};

}  // namespace unmask
