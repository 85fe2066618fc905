// What a run's page shows, as JSON text (format "unmask.report.1"): facts alone; the page itself sorts, draws and
// compares. Numbers have six digits: results.csv has all of them.
//
//   ReportedRun run{.folder = "runs/demo", .objective = objective, .sweep = options, .trials = trials};
//   const std::string html = report_page(report_json(run));
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/score/calibration.h"
#include "report/crop_choice.h"
#include "report/lease_spans.h"
#include "sweep/plan/objective.h"
#include "sweep/run/added_scores.h"
#include "sweep/run/results.h"
#include "sweep/run/status_file.h"

namespace unmask {

/// A crop that the chosen model scored.
struct ReportedCrop {
  CropKind kind = CropKind::kWrong;
  FrameInfo frame;
  double score = 0;
  std::vector<std::uint8_t> jpeg;
};

/// Another run that has a page.
struct ReportedSibling {
  std::string name, href;  // relative, percent-encoded
  std::string state, objective;
  std::size_t trials = 0;
  std::optional<double> best = {};  // objective of the chosen
};

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
  double written_every_s = 0;                   // by the run itself; 0: not before its end
  std::optional<Calibration> calibration = {};  // of the chosen model
  AddedScores added = {};                       // of datasets that came later
  std::string damaged = {};                     // what couldn't be read, and isn't shown
  std::string scores_json = {};                 // chosen_scores_json(); "" where it has recorded none
  std::vector<ReportedCrop> crops = {};
  std::string crops_note = {};         // why there are none, or not all
  std::string corruption_json = {};    // corruption_rows(); "" where there is none
  std::string won_and_lost_json = {};  // won_and_lost_rows(); "" where it didn't begin with a detector
  std::string audit = {};              // what the stored audit of the stores says
  std::vector<ReportedSibling> siblings = {};
};

std::string report_json(const ReportedRun& run);

/// The numerics classes of all trials, each once.
std::set<std::string> numerics_of(const ReportedRun& run);

/// The run as other pages name it; `href`: from where they are.
ReportedSibling sibling_of(const ReportedRun& run, const std::string& href);

}  // namespace unmask
