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

/// Works on a lease. COLLECTIVE over `group`; all its ranks return, or throw Error, the same.
/// `observer` must be told of every step, on every rank: that is when the rank looks for messages. `stop` ends the
/// lease at the next step boundary.
using TrainLease = std::function<LeaseResult(const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                                             const std::atomic<bool>& stop)>;

struct WorkerOptions {
  std::string numerics;  // this rank's numerics class
  TrainLease train;
  const std::atomic<bool>* stop = nullptr;  // a signal handler's flag
  double timeout_s = 60;                    // a coordinator that is silent for so long is gone
  /// Called from another thread with the reason when the coordinator is gone: must end the process.
  std::function<void(const std::string&)> on_silence;
};

/// Runs until the coordinator says Quit, and returns that. An exception that is no Error leaves this rank alone with
/// it: the caller must end the job.
Quit work_for_coordinator(RankNetwork& network, const WorkerOptions& options);

}  // namespace unmask
