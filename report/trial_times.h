// When the trials of a run were worked on, from the run's timing.csv.
#pragma once

#include <map>
#include <string>

namespace unmask {

/// UTC, to the microsecond: "2026-11-22 18:00:00.000000"; "" = not known.
struct TrialTimes {
  std::string start, complete;
};

/// From the text of RUN/timing.csv: the first lease's beginning and the last one's end, by trial. Lines that a kill cut
/// short, and numbers that are none, are passed over.
std::map<int, TrialTimes> trial_times(const std::string& timing_csv);

}  // namespace unmask
