// Runs a sweep: gives groups of ranks leases on trials until every trial is over. A thread on rank zero.
// The ledger is written before anything is acted on; the results depend on nothing that is decided here.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "dist/rank_network.h"
#include "launch/sweep/ledger.h"
#include "launch/sweep/results.h"
#include "launch/sweep/run_folder.h"
#include "launch/sweep/run_lock.h"
#include "launch/sweep/scheduler.h"
#include "launch/sweep/status_file.h"
#include "launch/sweep/sweep_options.h"
#include "launch/sweep/sweep_plan.h"

namespace unmask {

struct CoordinatorOptions {
  SweepOptions sweep;
  std::uint64_t seed = 0;
  std::string select;            // train.select: the metric that "mean" and "worst" are of
  std::vector<std::string> val;  // datasets in results.csv
  bool score_test = false;       // chosen trials are scored on data.test at the end, each by a lease of its own
  std::optional<Slice> slice;    // only these trials of the sweep
  bool one_trial = false;        // `unmask train`: the exit code is that of the trial's fault
  int max_attempts = 3;
  std::string numerics;     // ranks of another class get no work
  double predicted_s = -1;  // by `unmask plan`, for the status
  double lease_cost_s = 2;  // first guess; measured as soon as a lease has begun
  double timeout_s = 60;    // see liveness.h
  /// A rank is gone (the reason names it): must end the job with exit code 75. Does not return.
  std::function<void(const std::string&)> on_stall;
  /// The config of a trial. THROWS Error: the trial fails with it.
  std::function<TrialBrief(const PlannedTrial&)> brief;
  std::function<void(const std::string&)> note;                    // a line that stays
  std::function<void(const RunStatus&, const std::string&)> show;  // about once a second: status and its progress line
};

class Coordinator {
 public:
  /// Plans the trials, or goes on with those of the ledger. Rank zero, before the ranks are asked to work.
  /// THROWS Error: kUsage (the sweep can't be grown like this), kData (ledger, status).
  Coordinator(CoordinatorOptions options, const RunFolder& folder, Ledger& ledger, RunLock& lock,
              const std::atomic<bool>& stop);
  ~Coordinator();

  /// Until every trial is over, or a stop was asked; then tells all ranks to quit. Never throws: a fault of its own (disk,
  /// ledger, lock) ends all leases at their next step and reaches every rank as its Quit.
  void run(RankNetwork& network);

  /// Valid before and after run().
  const std::vector<SweepTrial>& trials() const;
  std::string choice_text() const;
  /// After run().
  std::int64_t letters_read() const;

 private:
  class Desk;
  std::unique_ptr<Desk> desk_;
};

}  // namespace unmask
