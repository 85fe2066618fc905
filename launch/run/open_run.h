// A run folder held by this process: the lock, the recorded config, the ledger. Rank zero only.
//
//   const RunFolder folder("runs/demo");
//   OpenRun run(folder, config, [&](const std::string& text) { session.note(text); });
//   run.resumed();  // the folder held a run of this experiment
//   run.ledger();   // its trials
//   run.config();   // what all ranks are to work by
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "launch/config/run_config.h"
#include "sweep/plan/sweep_plan.h"
#include "sweep/run/ledger.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/run_lock.h"

namespace unmask {

/// Slices and whole runs never share a folder, and a slice is named by its K/N: THROWS Error(kUsage) where `run` (with
/// the slice that was asked for) is the wrong folder.
void refuse_mixed_folders(const RunFolder& run, const std::optional<Slice>& slice);

class OpenRun {
 public:
  /// Makes the folder, or goes on with the run that it holds. `note` is told what happens.
  /// THROWS Error: kFailed (held by another process), kUsage (another experiment, with the difference key by key; a
  /// folder that holds something else), kData (stores, ledger, recorded config).
  OpenRun(const RunFolder& folder, RunConfig config, const std::function<void(const std::string&)>& note);

  /// With precision resolved and content digests filled in.
  const RunConfig& config() const { return config_; }
  Ledger& ledger() { return *ledger_; }
  RunLock& lock() { return *lock_; }
  bool resumed() const { return resumed_; }
  /// The config of this start becomes the run's. Called once its trials are planned: a refused config leaves no trace.
  void record_config() const;

 private:
  void compare_with_recorded();
  void compare_with_other_slices() const;

  RunFolder folder_;
  RunConfig config_;
  std::unique_ptr<RunLock> lock_;
  std::unique_ptr<Ledger> ledger_;
  bool resumed_ = false;
};

}  // namespace unmask
