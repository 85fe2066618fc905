// A run as its folder tells it, for those who read and don't work on it.
//
//   const RecordedRun run = read_recorded_run(RunFolder("runs/demo"), note);
//   trials_text(run.trials, run.config.sweep->space);
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "launch/config/run_config.h"
#include "sweep/run/added_scores.h"
#include "sweep/run/results.h"
#include "sweep/run/run_folder.h"

namespace unmask {

struct RecordedRun {
  RunConfig config;
  std::vector<SweepTrial> trials;  // in order of id
  std::string timing;              // text of timing.csv; "" where there is none
  AddedScores added;               // of datasets that came later
  std::string incomplete;          // what isn't there yet: slices, trials that aren't over
  std::string damaged = {};        // what couldn't be read, and does without
};

/// Sets `added` and `damaged` to what added_scores.json is now; where it can't be read the run is shown without it.
void read_added_of(const RunFolder& folder, RecordedRun& run);

/// "3 of 8 trials are over"; "" where all are.
std::string unfinished_text(const std::vector<SweepTrial>& trials);

/// Reads the recorded config and the ledger, or those of all slices that the folder holds, as one run;
/// no store is opened, so a run can be read where its data isn't. While somebody works on it, this is what it has so
/// far; `note` is told how many trials are over, and what is damaged that a run can be shown without.
/// THROWS Error: kUsage (holds no run), kData.
RecordedRun read_recorded_run(const RunFolder& folder, const std::function<void(const std::string&)>& note);

}  // namespace unmask
