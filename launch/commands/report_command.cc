#include <set>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"
#include "launch/command_line.h"
#include "launch/run/recorded_run.h"
#include "report/optuna_storage.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

/// `unmask train` records no [sweep]: it is a sweep of one trial with the defaults.
SweepOptions options_of(const RecordedRun& run) { return run.config.sweep.value_or(SweepOptions()); }

Objective objective_of(const RecordedRun& run) {
  return parse_objective(options_of(run).objective, run.config.trial.train.select).value();
}

std::string csv_of(const RecordedRun& run) {
  std::vector<std::string> keys;
  for (const SpaceKey& key : options_of(run).space) keys.push_back(key.key);
  return results_csv(run.trials, keys, run.config.trial.data.val);
}

std::string report_text(const RunFolder& folder, const RecordedRun& run) {
  const std::string& name = run.config.name;
  return folder.root().string() + (name.empty() ? "" : ": " + name) + "\n\n" +
         trials_text(run.trials, options_of(run).space) + (run.incomplete.empty() ? "" : "\n" + run.incomplete) +
         "\n\n" + choice_text(run.trials, objective_of(run).metric);
}

/// The config's name, or the folder's; two runs of one name are told apart by their folders.
std::string study_name(const RunFolder& folder, const RunConfig& config, const std::set<std::string>& taken) {
  std::string last = folder.root().filename().string();
  if (last.empty()) last = folder.root().parent_path().filename().string();
  const std::string name = config.name.empty() ? last : config.name;
  return taken.contains(name) ? name + " (" + folder.root().string() + ")" : name;
}

int run(const ParsedOptions& parsed, Session& session) {
  const auto roots = parsed["RUN"].as<std::vector<std::string>>();
  if (parsed.count("csv") > 0 && roots.size() > 1)
    throw Error(ErrorKind::kUsage, "--csv takes one RUN: the columns of several may differ");
  if (std::set<std::string>(roots.begin(), roots.end()).size() < roots.size())
    throw Error(ErrorKind::kUsage, "a RUN is named twice");
  std::vector<OptunaStudy> studies;
  std::set<std::string> names;
  std::string text;
  for (const std::string& root : roots) {
    const RunFolder folder(root);
    RecordedRun run = read_recorded_run(folder, [&](const std::string& line) { session.note(line); });
    text += (text.empty() ? "" : "\n\n") + report_text(folder, run);
    if (parsed.count("csv") > 0) write_file_durably(parsed["csv"].as<std::string>(), csv_of(run));
    OptunaStudy study{study_name(folder, run.config, names),
                      root,
                      objective_of(run),
                      options_of(run).space,
                      std::move(run.trials),
                      trial_times(run.timing)};
    names.insert(study.name);
    studies.push_back(std::move(study));
  }
  session.print(text);
  if (parsed.count("csv") > 0) session.note("wrote " + parsed["csv"].as<std::string>());
  if (parsed.count("optuna") > 0) {
    const std::string file = parsed["optuna"].as<std::string>();
    write_optuna_storage(file, studies);
    for (const OptunaStudy& study : studies) session.note("wrote the study \"" + study.name + "\" to " + file);
  }
  return 0;
}

}  // namespace

Command report_command() {
  Command command;
  command.name = "report";
  command.summary = "shows the trials of runs and what they chose";
  command.usage = "RUN... [--csv FILE] [--optuna FILE]";
  command.examples =
      "  unmask report runs/demo\n"
      "  unmask report runs/demo --csv demo.csv\n"
      "  unmask report runs/demo runs/other --optuna study.db\n";
  command.notes =
      "Reads the runs and changes nothing in them. A run that is being worked on is refused: unmask status tells how "
      "far "
      "it is.\n"
      "--optuna writes a storage for Optuna and its dashboard, one study a run:\n"
      "  optuna.load_study(study_name=\"demo\", storage=\"sqlite:///study.db\")\n";
  command.positional = {"RUN"};
  command.last_repeats = true;
  command.options.add_options()("csv", po::value<std::string>(), "the trials as in results.csv; one RUN")(
      "optuna", po::value<std::string>(), "an Optuna storage (SQLite); one that an earlier report wrote is replaced");
  command.run = run;
  return command;
}

}  // namespace unmask
