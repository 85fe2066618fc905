#include "base/error.h"
#include "launch/command_line.h"
#include "launch/progress.h"
#include "launch/sweep/status_file.h"
#include "base/table_text.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

std::string status_text(const RunStatus& status) {
  char name[16], rate[32];
  std::snprintf(name, sizeof name, "%04d", status.trial);
  std::snprintf(rate, sizeof rate, "%.1f", status.images_per_s);
  TextTable table({"trial", "state", "epoch", "step", "images/s", "left", "best", "at epoch"});
  table.add({name, status.trial_state, std::to_string(status.epoch) + "/" + std::to_string(status.epochs),
             std::to_string(status.step) + "/" + std::to_string(status.steps), rate, duration_text(status.eta_s),
             status.best.empty() ? "-" : status.best, status.best_epoch > 0 ? std::to_string(status.best_epoch) : "-"});
  return table.text() + "\n" + status.run_state + (status.reason.empty() ? "" : ": " + status.reason) + "; " +
         std::to_string(status.ranks) + " ranks, host " + status.host + ", process " + std::to_string(status.pid) +
         ", told at " + status.updated;
}

int run(const ParsedOptions& parsed, Session& session) {
  const RunFolder folder(parsed["RUN"].as<std::string>());
  if (!std::filesystem::exists(folder.status())) {
    throw Error(ErrorKind::kUsage, folder.root().string() + ": holds no run (no status.json)");
  }
  const RunStatus status = read_status(folder);
  session.print(parsed.count("json") > 0 ? status_json(status) : status_text(status));
  return 0;
}

}  // namespace

Command status_command() {
  Command command;
  command.name = "status";
  command.summary = "tells how far a run is, also while it runs";
  command.usage = "RUN [--json]";
  command.examples = "  unmask status runs/demo\n  unmask status runs/demo --json\n";
  command.notes =
      "Reads status.json only. A run that was killed still says \"running\", with the time when it last told.\n";
  command.positional = {"RUN"};
  command.options.add_options()("json", "the status as JSON");
  command.run = run;
  return command;
}

}  // namespace unmask
