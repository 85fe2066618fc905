// Runs a sweep: gives groups of ranks leases on its trials until every trial is over. A thread on rank zero.
// The results depend on nothing that is decided here.
//
//   TrialTable trials(table_options, folder, ledger);              // on rank zero
//   Coordinator coordinator(options, trials, folder, lock, stop);  // before any rank is at work
//   std::thread thread([&] { coordinator.run(network); });
//   const Quit quit = work_for_coordinator(network, worker);       // every rank, zero too (group_worker.h)
//   thread.join();
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dist/rank_network.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/run_lock.h"
#include "sweep/run/status_file.h"
#include "sweep/run/trial_table.h"

namespace unmask {

struct CoordinatorOptions {
  bool score_test = false;       // chosen trials are scored on data.test at the end, each by a lease of its own
  bool one_trial = false;        // `unmask train`: the exit code is that of the trial's fault
  std::string numerics;          // of the run: ranks of another class get no work
  bool any_numerics = false;     // they do, each class in groups of its own; a trial stays with its class while it can
  std::vector<int> gpu_of = {};  // which ranks share a GPU, as PoolState has it
  double predicted_s = -1;       // by `unmask plan`, for the status
  double lease_cost_s = 2;       // first guess; measured as soon as a lease has begun
  double timeout_s = 60;         // see liveness.h
  /// A rank is gone (the reason names it): must end the job with exit code 75. Does not return.
  std::function<void(const std::string&)> on_stall;
  std::function<void(const std::string&)> note;                    // a line that stays
  std::function<void(const RunStatus&, const std::string&)> show;  // about once a second: status and its progress line
};

class Coordinator {
 public:
  /// Rank zero, before the ranks are asked to work. `trials`: nobody else uses them during run().
  Coordinator(CoordinatorOptions options, TrialTable& trials, const RunFolder& folder, RunLock& lock,
              const std::atomic<bool>& stop);

  /// Until every trial is over, or a stop was asked; then tells all ranks to quit. Never throws: a fault of its own
  /// (disk, ledger, lock) ends all leases at their next step and reaches every rank as its Quit.
  void run(RankNetwork& network);

  /// After run().
  std::int64_t messages_read() const { return messages_read_; }

 private:
  CoordinatorOptions options_;
  TrialTable& trials_;
  RunFolder folder_;
  RunLock& lock_;
  const std::atomic<bool>& stop_;
  std::int64_t messages_read_ = 0;
};

}  // namespace unmask
