#include "launch/run/run_report.h"

#include <cctype>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/audit/stored_audit.h"
#include "launch/run/chosen_evidence.h"
#include "launch/run/init_comparison.h"
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

/// What the audit that is kept beside the stores says; it takes no look into them.
std::string audit_of(const RunConfig& config) {
  std::vector<std::string> fingerprints;
  for (const auto& [name, digest] : config.content) {
    if (name.starts_with(kStores)) fingerprints.push_back(digest);
  }
  if (fingerprints.empty()) return "";
  const auto audit = find_audit(config.trial.data.stores, fingerprints);
  return audit ? audit->summary() + " (" + audit->file.string() + ")"
               : "none of these splits is stored; `unmask audit " + config.trial.data.stores +
                     "` looks for leaks, near-duplicate crops and shortcuts";
}

ReportedRun reported_run(const RunFolder& folder, const RecordedRun& run, const RunStatus& status) {
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
                       .status = status,
                       .incomplete = run.incomplete};
  ChosenEvidence evidence = read_chosen_evidence(folder, run);
  reported.added = run.added;
  reported.damaged = run.damaged;
  reported.calibration = std::move(evidence.calibration);
  if (evidence.scores) reported.scores_json = chosen_scores_json(*evidence.scores);
  reported.crops = std::move(evidence.crops);
  reported.crops_note = std::move(evidence.crops_note);
  reported.corruption_json = std::move(evidence.corruption_json);
  reported.won_and_lost_json = std::move(evidence.won_and_lost_json);
  reported.audit = audit_of(config);
  if (status.run_state == "running") {
    reported.written_every_s = config.report_every_s;
    reported.reload_s = kReloadSeconds;
  }
  return reported;
}

/// A relative address in a page of `from`; nothing in a folder's name means anything there.
std::string link_between(const RunFolder& from, const RunFolder& to) {
  namespace fs = std::filesystem;
  const fs::path relative = fs::absolute(to.report())
                                .lexically_normal()
                                .lexically_relative(fs::absolute(from.root()).lexically_normal() / "");
  std::string link = "./";
  for (const char letter : relative.generic_string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || std::strchr("-._~/", letter) != nullptr;
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(letter)));
    link += plain ? std::string(1, letter) : std::string(code);
  }
  return link;
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
  write_report_page(folder, run, status_of(folder));
}

void write_report_page(const RunFolder& folder, const RecordedRun& run, const RunStatus& status) {
  replace_file(folder.report(), report_page(report_json(reported_run(folder, run, status))));
}

void write_report_pages(const std::vector<std::pair<RunFolder, RecordedRun>>& runs) {
  std::vector<ReportedRun> reported;
  for (const auto& [folder, run] : runs) reported.push_back(reported_run(folder, run, status_of(folder)));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::size_t other = 0; other < runs.size(); ++other) {
      if (other == i) continue;
      const std::string href = link_between(runs[i].first, runs[other].first);
      reported[i].siblings.push_back(sibling_of(reported[other], href));
    }
    replace_file(runs[i].first.report(), report_page(report_json(reported[i])));
  }
}

}  // namespace unmask
