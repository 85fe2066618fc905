// Watches over the ranks of a command that has no coordinator (prepare, evaluate): a rank that stops, or a network that
// is cut, ends the job instead of leaving the others in MPI for ever.
//
//   RankWatch watch(session, 60);  // on all ranks
//   work();
//   watch.close();
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "dist/progress.h"
#include "launch/close_timer.h"
#include "launch/session.h"
#include "sweep/heartbeat.h"

namespace unmask {

/// As all ranks come to the end of a job: one that doesn't within `timeout_s` (5 to 15) ends it with exit code 75. Rank
/// zero speaks first, and for all.
CloseTimer end_timer(const Session& session, double timeout_s);

class RankWatch {
 public:
  /// From here on the job ends with exit code 75 where a rank is silent for `timeout_s` (the option
  /// --timeout). COLLECTIVE. THROWS Error(kUsage) unless it is > 0.
  RankWatch(Session& session, double timeout_s);
  /// Never talks to the peers.
  ~RankWatch();
  RankWatch(const RankWatch&) = delete;
  /// This rank has done one more piece of work; `doing`: a word for people. THREAD: any.
  void advance(const std::string& doing) { progress_.advance(doing); }
  /// On rank zero: how many pieces all ranks have done, as they told lately. THREAD: any.
  std::int64_t advanced() const;
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
  std::atomic<std::int64_t> others_ = 0;  // what the other ranks have done
  std::unique_ptr<RankNetwork> network_;  // nothing where there is one rank
  std::unique_ptr<HeartbeatThread> heartbeat_;
  std::thread thread_;  // rank zero
};

}  // namespace unmask
