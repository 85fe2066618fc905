// Runs an open run on all ranks: the coordinator on rank zero, and on every rank the trainer that it sends to work.
// `unmask train` is a sweep of one trial.
//
//   const SweepOutcome outcome = run_sweep(session, run.get(), config, folder, install_stop_signals());
//   if (session.speaks()) session.print(outcome.choice);
//   return outcome.exit_code;
#pragma once

#include <atomic>
#include <string>

#include "launch/run/open_run.h"
#include "launch/session.h"

namespace unmask {

struct SweepOutcome {
  int exit_code = 0;
  std::string choice;   // rank zero: what was chosen, or the one trial's result, for people
  std::string failure;  // rank zero: how many trials failed and why; "" = none
};

/// COLLECTIVE. `run` is null on all ranks but zero; `config` is the same on all. THROWS Error on all ranks alike.
SweepOutcome run_sweep(Session& session, OpenRun* run, const RunConfig& config, const RunFolder& folder,
                       const std::atomic<bool>& stop);

}  // namespace unmask
