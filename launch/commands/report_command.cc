#include "launch/commands/report_command.h"

#include <set>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/run/run_name.h"
#include "launch/run/run_report.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

int run(const ParsedOptions& parsed, Session& session) {
  const std::vector<std::string> roots = texts_of(parsed, "RUN");
  const auto csv = text_of(parsed, "csv"), optuna = text_of(parsed, "optuna");
  if (csv && roots.size() > 1) throw Error(ErrorKind::kUsage, "--csv takes one RUN: the columns of several may differ");
  if (std::set<std::string>(roots.begin(), roots.end()).size() < roots.size())
    throw Error(ErrorKind::kUsage, "a RUN is named twice");
  std::vector<OptunaStudy> studies;
  std::set<std::string> names;
  std::string text;
  std::vector<std::pair<RunFolder, RecordedRun>> pages;
  for (const std::string& root : roots) {
    const RunName name = parse_run_name(root);
    const RunFolder& folder = name.folder;
    RecordedRun run = read_recorded_run(folder, [&](const std::string& line) { session.note(line); });
    keep_trial(name, run);
    if (!name.trial) pages.emplace_back(folder, run);
    text += (text.empty() ? "" : "\n\n") + report_text(folder, run);
    if (csv) write_file_durably(*csv, report_csv(run));
    studies.push_back(optuna_study(folder, run, names));
    names.insert(studies.back().name);
  }
  write_report_pages(pages);
  session.print(text);
  if (csv) session.note("wrote " + *csv);
  for (const auto& page : pages) session.note("wrote " + page.first.report().string());
  if (optuna) {
    write_optuna_storage(*optuna, studies);
    for (const OptunaStudy& study : studies) session.note("wrote the study \"" + study.name + "\" to " + *optuna);
  }
  return 0;
}

}  // namespace

Command report_command() {
  Command command;
  command.name = "report";
  command.summary = "shows the trials of runs and what they chose, as text and as a page";
  command.usage = "RUN... [--csv FILE] [--optuna FILE]";
  command.examples =
      "  unmask report runs/demo\n"
      "  unmask report runs/demo --csv demo.csv\n"
      "  unmask report runs/demo runs/other --optuna study.db\n";
  command.notes =
      "Writes RUN/report.html, a page that needs no network; those of several runs have links to each other. RUN:0007 "
      "is one trial of a run, as text only. Of a run that is being worked on it shows what there is so far; such a "
      "page "
      "loads itself again. Faces are shown from the stores, if they are at hand.\n"
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
