// What a run's page shows, as JSON text (format "unmask.report.1"): facts alone; the page itself sorts, draws and
// compares. Numbers have six digits: results.csv has all of them.
//
//   ReportedRun run{.folder = "runs/demo", .objective = objective, .sweep = options, .trials = trials};
//   const std::string html = report_page(report_json(run));
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/score/calibration.h"
#include "report/lease_spans.h"
#include "sweep/plan/objective.h"
#include "sweep/run/added_scores.h"
#include "sweep/run/results.h"
#include "sweep/run/status_file.h"

namespace unmask {

struct ReportedRun {
  std::string folder, name, notes;
  std::vector<std::string> tags;
  Objective objective;
  SweepOptions sweep;
  std::vector<std::string> val, test;  // datasets
  std::vector<SweepTrial> trials;      // in order of id
  std::vector<LeaseSpan> leases;
  RunStatus status;                             // its state and what each rank did
  std::string incomplete;                       // what isn't there yet; "" where all is
  double reload_s = 0;                          // the page loads itself again after so long; 0: never
  std::optional<Calibration> calibration = {};  // of the chosen model
  AddedScores added = {};                       // of datasets that came later
};

std::string report_json(const ReportedRun& run);

/// What to be careful about with these numbers, a sentence each: leaks, random starts, failed trials, several numerics
/// classes, scores that were selected on.
std::vector<std::string> cautions(const ReportedRun& run);

}  // namespace unmask
