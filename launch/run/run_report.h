// A recorded run for people and for other programs: tables, CSV, a study of Optuna.
//
//   const RecordedRun run = read_recorded_run(folder, note);
//   std::cout << report_text(folder, run) << "\n";
//   write_file_durably("demo.csv", report_csv(run));
//   write_optuna_storage("study.db", {optuna_study(folder, run, {})});
//   write_report_page(folder, run);  // RUN/report.html
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "launch/run/recorded_run.h"
#include "report/optuna_storage.h"
#include "sweep/run/status_file.h"

namespace unmask {

std::string report_text(const RunFolder& folder, const RecordedRun& run);
/// The trials' scores on datasets that came later (sweep/run/added_scores.h).
std::string added_report(const RecordedRun& run);
/// As results.csv, with columns for datasets that came later.
std::string report_csv(const RecordedRun& run);
/// Named after the config, or the folder; two runs of one name (`taken` has those before) are told apart by their
/// folders.
OptunaStudy optuna_study(const RunFolder& folder, const RecordedRun& run, const std::set<std::string>& taken);
/// Replaces RUN/report.html as a whole. THROWS Error(kFailed) where it can't be written.
void write_report_page(const RunFolder& folder, const RecordedRun& run);
/// The same with a status that is at hand.
void write_report_page(const RunFolder& folder, const RecordedRun& run, const RunStatus& status);
/// The same of several runs, with links to each other.
void write_report_pages(const std::vector<std::pair<RunFolder, RecordedRun>>& runs);

}  // namespace unmask
