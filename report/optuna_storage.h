// A file that Optuna opens as its own: optuna.load_study(study_name=…, storage="sqlite:///FILE"). What stands where:
// docs/formats.md.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sweep/plan/objective.h"
#include "sweep/run/results.h"

namespace unmask {

/// When a trial was worked on, UTC: "2026-11-22 18:00:00.000"; "" = not known.
struct TrialTimes {
  std::string start, complete;
};
/// From the text of RUN/timing.csv: the first lease's beginning and the last one's end, by trial.
std::map<int, TrialTimes> trial_times(const std::string& timing_csv);

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
