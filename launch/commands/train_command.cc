#include "launch/commands/train_command.h"

#include "launch/commands/run_command.h"

namespace unmask {

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
      "All faults of a config are told at once, with file and line. Keys and their meaning: "
      "configs/train_published.toml.\n";
  add_run_options(command);
  command.run = [](const ParsedOptions& parsed, Session& session) {
    return run_config_command(parsed, session, ConfigFor::kTrain);
  };
  return command;
}

}  // namespace unmask
