// What every rank of a sweep does: waits for a lease, works on it with its group, is free again.
// All ranks, zero included.
//
//   WorkerOptions worker;
//   worker.numerics = numerics;
//   worker.train = [&](const LeaseOrder& order, Communicator& group, TrainObserver& observer,
//                      const std::atomic<bool>& stop) { return run_lease(…); };
//   worker.stop = &signal_flag;
//   const Quit quit = work_for_coordinator(*network, worker);  // returns once the coordinator says so
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "dist/progress.h"
#include "dist/rank_network.h"
#include "sweep/messages.h"

namespace unmask {

/// Works on a lease. COLLECTIVE over `group`; all its ranks return, or throw AgreedError, the same.
/// `observer` must be told of progress, on every rank: that is when the rank looks for messages. `stop` ends the
/// lease at the next step or scored batch.
using TrainLease = std::function<LeaseResult(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                                             const std::atomic<bool>& stop)>;

struct WorkerOptions {
  std::string numerics;  // this rank's numerics class
  TrainLease train;
  const std::atomic<bool>* stop = nullptr;  // a signal handler's flag
  /// Asked after a lease that failed: why this rank can't work any more; "" = it can. It then gets no more leases.
  std::function<std::string()> unfit = [] { return std::string(); };
  double timeout_s = 60;  // a coordinator that is silent for so long is gone
  /// Called from another thread with the reason when the coordinator is gone: must end the process.
  std::function<void(const std::string&)> on_silence;
};

/// Runs until the coordinator says Quit, and returns that. Any other exception of a lease leaves this rank alone with
/// it: the coordinator is told at once, and ends the job when the other groups have saved what they have.
Quit work_for_coordinator(RankNetwork& network, const WorkerOptions& options);

}  // namespace unmask
