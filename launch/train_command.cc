#include <memory>
#include <sstream>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/command_line.h"
#include "launch/stop_signals.h"
#include "launch/table_text.h"
#include "launch/trial_runner.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

/// results.csv's line as people read it.
std::string summary(const RunFolder& folder) {
  std::istringstream csv(read_text_file(folder.results(), 1 << 20));
  std::string header, line;
  std::getline(csv, header);
  std::getline(csv, line);
  const auto columns = split_csv(header), cells = split_csv(line);
  TextTable table({"", "value"});
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    if (!cells[i].empty()) table.add({columns[i], cells[i]});
  }
  return table.text();
}

std::vector<std::string> overrides_of(const ParsedOptions& parsed) {
  return parsed.count("set") > 0 ? parsed["set"].as<std::vector<std::string>>() : std::vector<std::string>();
}

int run(const ParsedOptions& parsed, Session& session) {
  const std::atomic<bool>& stop = install_stop_signals();
  if (parsed.count("run") == 0) throw Error(ErrorKind::kUsage, "--run DIR is missing: the folder where the run lives");
  const RunFolder folder(parsed["run"].as<std::string>());
  std::unique_ptr<OpenRun> open;
  // Rank zero reads and checks everything; the others get the resolved text, so that all have the same.
  const std::string resolved = session.on_root([&] {
    const std::string file = parsed["CONFIG"].as<std::string>();
    RunConfig config = read_run_config(read_config_file(file), file, overrides_of(parsed), ConfigFor::kTrain);
    open = std::make_unique<OpenRun>(folder, std::move(config), [&](const std::string& text) { session.note(text); });
    session.note(open->resumed() ? folder.root().string() + ": goes on with the run that this folder holds"
                                 : folder.root().string() + ": a new run");
    return resolved_toml(open->config());
  });
  const RunConfig config = read_run_config(resolved, "resolved config", {}, ConfigFor::kTrain);
  const int code = run_trial(session, open.get(), config, Trial{0, config.trial}, folder, stop);
  if (code == static_cast<int>(ErrorKind::kStopped)) {
    session.note("stopped on request; everything is saved. The same command goes on: unmask train " +
                 parsed["CONFIG"].as<std::string>() + " --run " + folder.root().string());
  } else if (session.speaks()) {
    if (code == 0) session.print(summary(folder));
    session.print("run: " + folder.root().string() + "   metrics: " + (folder.trial(0) / "metrics.csv").string() +
                  (code == 0 ? "   model: " + folder.best_model(0).string() : ""));
  }
  return code;
}

}  // namespace

Command train_command() {
  Command command;
  command.name = "train";
  command.summary = "trains one detector on all ranks";
  command.usage = "CONFIG --run DIR [--set KEY=VALUE]...";
  command.examples =
      "  mpirun -n 2 unmask train configs/demo_train.toml --run runs/demo\n"
      "  mpirun -n 4 unmask train configs/demo_train.toml --run runs/long --set train.epochs=20 --set "
      "'model.head=\"hidden\"'\n";
  command.notes =
      "The same command on a folder that holds a run goes on with it, on any number of ranks, and gives the same "
      "bits.\n"
      "SIGTERM, SIGINT (Ctrl-C) and SIGUSR1 save at the next step and exit with 75; a second Ctrl-C ends at once.\n"
      "Under mpirun send SIGUSR1 to mpirun: on SIGTERM and SIGINT it kills its ranks before they have saved.\n"
      "All faults of a config are told at once, with file and line. Keys and their meaning: "
      "configs/train_published.toml.\n";
  command.uses_mpi = true;
  command.positional = {"CONFIG"};
  command.options.add_options()("run", po::value<std::string>(), "folder where the run lives (made if it isn't there)")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "KEY=VALUE: overrides a key of the config; VALUE is TOML");
  command.run = run;
  return command;
}

}  // namespace unmask
