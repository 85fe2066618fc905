// What stands behind the choice of a run, for its page: its calibration, the scores that this was fitted on, and crops
// that they are most wrong or least sure about. What isn't at hand is left out.
//
//   const ChosenEvidence evidence = read_chosen_evidence(folder, run);
//   if (evidence.scores) page(chosen_scores_json(*evidence.scores), evidence.crops, evidence.crops_note);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launch/run/recorded_run.h"
#include "report/chosen_scores.h"
#include "report/report_data.h"
#include "sweep/run/run_folder.h"

namespace unmask {

struct ChosenEvidence {
  std::optional<Calibration> calibration = {};
  std::optional<ChosenScores> scores = {};
  std::vector<ReportedCrop> crops = {};
  std::string crops_note = {};         // why there are none, or not all
  std::string corruption_json = {};    // corruption_rows(), of that model
  std::string won_and_lost_json = {};  // won_and_lost_rows(), of that model
};

/// Of RUN/chosen, if it is that of today's choice: it may lag behind a run that grew. Opens the stores that the
/// recorded config names, if they are there and still are those that were scored. Never throws: a page doesn't fail for
/// it.
ChosenEvidence read_chosen_evidence(const RunFolder& folder, const RecordedRun& run);

}  // namespace unmask
