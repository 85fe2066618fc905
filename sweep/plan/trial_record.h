// What is known of one trial: a row of the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/words.h"
#include "model/score/dataset_scores.h"
#include "model/train/history.h"
#include "sweep/plan/sweep_plan.h"

namespace unmask {

enum class TrialState { kWaiting, kRunning, kPaused, kDone, kStoppedEarly, kFailed };
constexpr auto words_of(TrialState) {
  using enum TrialState;
  return std::to_array<Word<TrialState>>({{"waiting", kWaiting},
                                          {"running", kRunning},
                                          {"paused", kPaused},
                                          {"done", kDone},
                                          {"stopped", kStoppedEarly},
                                          {"failed", kFailed}});
}

/// What a rung decided for a trial.
struct PassedRung {
  int rung = 0;
  bool goes_on = false;
  std::string reason;
  std::optional<double> value;  // the objective that it was judged by: a later failure takes the history, not this
  bool operator==(const PassedRung&) const = default;
};

/// One row: one trial, what was planned and what became of it.
struct TrialRecord : PlannedTrial {
  TrialState state = TrialState::kWaiting;
  std::string reason;       // why failed or stopped
  bool retriable = false;   // failed by something that a restart may cure
  int failures = 0;         // attempts that failed by memory, I/O or a rank's death, and no newer checkpoint since
  int idle_starts = 0;      // attempts in a row that were killed and left no newer checkpoint
  int stepless_starts = 0;  // attempts in a row that were killed before a step was seen to end
  std::int64_t memory_kills = 0;  // MemoryLimits::kills() of rank zero when the last lease began
  int starts = 0;                 // attempts: leases begun to train it
  std::int64_t start_step = 0;    // newest checkpoint when the last lease began
  std::int64_t step = 0;          // last step known
  std::string config_digest;      // XXH3-128 of the trial's identity; "" = never started
  std::vector<std::string>
      numerics;                   // classes that it was trained on, each once; more than one by runtime.numerics alone
  std::vector<EpochRow> history;  // of the last lease that ended without a failure
  int best_epoch = 0;
  std::string objective;  // of the best epoch, full precision; "" = none yet
  std::vector<PassedRung> rungs;
  std::vector<DatasetScores> test;  // of chosen trials, once the sweep is done
  bool operator==(const TrialRecord&) const = default;
};

}  // namespace unmask
