// Runs one trial of an open run on all ranks: lease after lease until it is done, fails, or is asked to stop.
#pragma once

#include <atomic>
#include <string>

#include "launch/open_run.h"
#include "launch/session.h"

namespace unmask {

/// A trial: a number that never changes, and one point of the search space.
struct Trial {
  int id = 0;
  TrialOptions options;
};

/// How the ledger sees a start of a trial. Pure.
struct StartDecision {
  bool run = false;
  TrialRecord record;   // to be written before the start
  std::string message;  // for people
};

/// `checkpoint_step`: newest checkpoint on disk; `seen_step`: last step that status.json tells of.
StartDecision decide_start(TrialRecord record, std::int64_t checkpoint_step, std::int64_t seen_step, int max_attempts);
/// The record after a lease that threw kFailed. Pure. A value that is not finite would come again: not retriable.
TrialRecord after_failure(TrialRecord record, const std::string& reason, std::int64_t checkpoint_step);

/// COLLECTIVE. `run` is null on all ranks but zero; `config` is the same on all. Returns the exit code; on 0, 1 and 75 the
/// ledger, results.csv and status.json tell the same. THROWS Error (all ranks alike): kData, kUsage.
int run_trial(Session& session, OpenRun* run, const RunConfig& config, const Trial& trial, const RunFolder& folder,
              const std::atomic<bool>& stop);

/// results.csv of `train`: header and one line. Nothing in it depends on ranks, times or attempts.
std::string results_csv(const RunConfig& config, const TrialRecord& record);

}  // namespace unmask
