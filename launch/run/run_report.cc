#include "launch/run/run_report.h"

#include <algorithm>
#include <ctime>
#include <optional>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/run/init_comparison.h"
#include "model/files/safetensors.h"
#include "model/score/calibration.h"
#include "report/report_data.h"
#include "report/report_page.h"
#include "sweep/plan/objective.h"

namespace unmask {
namespace {

/// `unmask train` records no [sweep]: it is a sweep of one trial with the defaults.
SweepOptions options_of(const RecordedRun& run) { return run.config.sweep.value_or(SweepOptions()); }

Objective objective_of(const RecordedRun& run) {
  return parse_objective(options_of(run).objective, run.config.trial.train.select).value();
}

/// The config's name, or the folder's; two runs of one name are told apart by their folders.
std::string study_name(const RunFolder& folder, const RunConfig& config, const std::set<std::string>& taken) {
  std::string last = folder.root().filename().string();
  if (last.empty()) last = folder.root().parent_path().filename().string();
  const std::string name = config.name.empty() ? last : config.name;
  return taken.contains(name) ? name + " (" + folder.root().string() + ")" : name;
}

constexpr double kReloadSeconds = 30;  // a page of a run that goes on

/// The status is a snapshot that may be missing or old: then nothing is said of ranks.
RunStatus status_of(const RunFolder& folder) {
  RunStatus status;
  try {
    status = read_status(folder);
    tell_silence(status, std::time(nullptr));
  } catch (const Error&) {
    status.run_state = "not known";
  }
  return status;
}

/// Of the chosen model, if it is that of today's choice; a page doesn't fail for it.
std::optional<Calibration> calibration_of(const RunFolder& folder, const RecordedRun& run) {
  const std::optional<int> id = sweep_choice(ranked(run.trials));
  if (!id) return std::nullopt;
  try {
    const auto& chosen = *std::ranges::find(run.trials, *id, [](const SweepTrial& trial) { return trial.record.id; });
    if (read_text_file(folder.chosen() / "config.toml", 1 << 20) != chosen.brief.config) return std::nullopt;
    const SafetensorsFile model(folder.chosen_model(), SafetensorsFile::Digest::kRequired);
    const auto text = model.metadata().find(kCalibrationKey);
    return text == model.metadata().end() ? std::nullopt : std::optional(calibration_from_json(text->second));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string report_text(const RunFolder& folder, const RecordedRun& run) {
  const std::string& name = run.config.name;
  const std::string won_and_lost = init_comparison_text(folder);
  return folder.root().string() + (name.empty() ? "" : ": " + name) + "\n\n" +
         trials_text(run.trials, options_of(run).space) + (run.incomplete.empty() ? "" : "\n" + run.incomplete) +
         "\n\n" + choice_text(run.trials, objective_of(run).metric) +
         (run.added.empty() ? "" : "\n\nscored later:\n" + added_report(run)) +
         (won_and_lost.empty() ? "" : "\n\n" + won_and_lost);
}

std::string added_report(const RecordedRun& run) { return added_text(run.trials, run.added, objective_of(run).metric); }

std::string report_csv(const RecordedRun& run) {
  std::vector<std::string> keys;
  for (const SpaceKey& key : options_of(run).space) keys.push_back(key.key);
  return results_csv(run.trials, keys, run.config.trial.data.val, added_columns(run.trials, run.added));
}

OptunaStudy optuna_study(const RunFolder& folder, const RecordedRun& run, const std::set<std::string>& taken) {
  return {study_name(folder, run.config, taken),
          folder.root().string(),
          objective_of(run),
          options_of(run).space,
          run.trials,
          trial_times(run.timing)};
}

void write_report_page(const RunFolder& folder, const RecordedRun& run) {
  const RunConfig& config = run.config;
  ReportedRun reported{.folder = folder.root().string(),
                       .name = config.name,
                       .notes = config.notes,
                       .tags = config.tags,
                       .objective = objective_of(run),
                       .sweep = options_of(run),
                       .val = config.trial.data.val,
                       .test = config.trial.data.test,
                       .trials = run.trials,
                       .leases = lease_spans(run.timing),
                       .status = status_of(folder),
                       .incomplete = run.incomplete};
  reported.added = run.added;
  reported.calibration = calibration_of(folder, run);
  if (reported.status.run_state == "running") reported.reload_s = kReloadSeconds;
  replace_file(folder.report(), report_page(report_json(reported)));
}

}  // namespace unmask
