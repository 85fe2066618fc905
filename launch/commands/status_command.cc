#include "launch/commands/status_command.h"

#include <chrono>
#include <thread>

#include "launch/run/run_name.h"
#include "launch/run/status_report.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

int run(const ParsedOptions& parsed, Session& session) {
  const RunName name = parse_run_name(parsed["RUN"].as<std::string>());
  const bool json = parsed.count("json") > 0;
  while (true) {
    RunStatus status = read_whole_status(name.folder);
    keep_trial(name, status);
    session.print(json ? status_json(status) : status_text(status));
    if (parsed.count("watch") == 0 || status.run_state != "running") return 0;
    std::this_thread::sleep_for(std::chrono::duration<double>(parsed["every"].as<double>()));
    if (!json) session.print("");
  }
}

}  // namespace

Command status_command() {
  Command command;
  command.name = "status";
  command.summary = "tells how far a run is, also while it runs";
  command.usage = "RUN [--json] [--watch]";
  command.examples = "  unmask status runs/demo\n  unmask status runs/demo --watch\n  unmask status runs/demo --json\n";
  command.notes =
      "RUN:0007 shows what that trial is at. Reads status.json only. Of a run whose process is gone it says "
      "\"killed\"; of one that tells nothing for two minutes \"silent\".\n";
  command.positional = {"RUN"};
  command.options.add_options()("json", "the status as JSON")("watch", "again and again until the run ends")(
      "every", po::value<double>()->default_value(2), "seconds between two looks with --watch");
  command.run = run;
  return command;
}

}  // namespace unmask
