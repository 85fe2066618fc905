// A file that Optuna opens as its own: optuna.load_study(study_name=…, storage="sqlite:///FILE"). What stands where:
// docs/formats.md.
//
//   OptunaStudy study{.name = "tiny", .folder = "runs/tiny", .objective = objective, .space = space};
//   study.trials = trials;                                                  // of the run's ledger
//   study.times = trial_times(read_text_file("runs/tiny/timing.csv", 1 << 30));
//   write_optuna_storage("study.db", {study});
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "report/trial_times.h"
#include "sweep/plan/objective.h"
#include "sweep/run/results.h"

namespace unmask {

/// A run as a study. A trial's number there is its place here, which is its id where none is missing.
struct OptunaStudy {
  std::string name;    // unique in the file
  std::string folder;  // the run
  Objective objective;
  std::vector<SpaceKey> space;
  std::vector<SweepTrial> trials;  // in order of id
  std::map<int, TrialTimes> times;
};

/// Writes the file as a whole: it is replaced if it is there. THROWS Error: kUsage where what is there is no Optuna
/// storage, or holds a study that isn't ours; kFailed if it can't be written.
void write_optuna_storage(const std::filesystem::path& file, const std::vector<OptunaStudy>& studies);

}  // namespace unmask
