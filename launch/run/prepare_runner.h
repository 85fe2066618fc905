// `unmask prepare` over ranks: who does what when, and what is said meanwhile.
//
//   PrepareRunner runner(options, session, watch, stop);  // lists, says the labels, looks into the videos
//   runner.work();
//   runner.join();
//   if (session.speaks()) counts_table(runner.close());
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "data/prepare/prepare_counts.h"
#include "data/prepare/prepare_plan.h"
#include "launch/rank_watch.h"
#include "launch/session.h"

namespace unmask {

/// What fails on one rank is thrown by all as an AgreedError; `stop` makes every rank throw Error(kStopped) at its next
/// frame. All but plan() and close() are COLLECTIVE.
class PrepareRunner {
 public:
  PrepareRunner(const PrepareOptions& options, Session& session, RankWatch& watch, const std::atomic<bool>& stop);
  const PreparePlan& plan() const { return plan_; }
  /// A part for each unit.
  void work();
  /// The parts become stores.
  void join();
  /// On rank zero: tidies up and counts.
  std::map<std::string, PrepareCounts> close() const;

 private:
  void on_root(const std::function<void()>& effect);

  Session& session_;
  RankWatch& watch_;
  const std::atomic<bool>& stop_;
  PreparePlan plan_;
};

}  // namespace unmask
