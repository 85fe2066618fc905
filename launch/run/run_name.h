// RUN on the command line: a run's folder, or RUN:0007, one of its trials.
//
//   const RunName name = parse_run_name("runs/demo:0007");  // {runs/demo, 7}
//   keep_trial(name, run);                                  // of all that was read, that trial alone
#pragma once

#include <optional>
#include <string>

#include "launch/run/recorded_run.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/status_file.h"

namespace unmask {

struct RunName {
  RunFolder folder;
  std::optional<int> trial;
};

/// What stands behind the last colon is a trial where it is a number and the text before it is a folder; a folder of
/// the whole name comes first. Whether the folder holds a run is not looked at.
RunName parse_run_name(const std::string& text);

/// Nothing is left but the trial, where the name has one. THROWS Error(kUsage) where the run has no such trial.
void keep_trial(const RunName& name, RecordedRun& run);
/// Groups and leaders of the trial alone; the counts are the run's.
void keep_trial(const RunName& name, RunStatus& status);

}  // namespace unmask
