#include "launch/commands/sweep_command.h"

#include "launch/commands/run_command.h"

namespace unmask {

Command sweep_command() {
  Command command;
  command.name = "sweep";
  command.summary = "trains many detectors on groups of ranks and chooses";
  command.usage = "CONFIG --run DIR [--slice K/N] [--set KEY=VALUE]...";
  command.examples =
      "  mpirun -n 2 unmask sweep configs/demo.toml --run runs/demo\n"
      "  mpirun -n 16 unmask sweep configs/sweep_published.toml --run runs/published --set sweep.trials=160\n"
      "  unmask sweep configs/sweep_published.toml --run runs/array --slice $SLURM_ARRAY_TASK_ID/8\n";
  command.notes =
      "The same command on a folder that holds a sweep goes on with it: on any number of ranks, in any mode, after any "
      "kill,\n"
      "with the same results.csv. More trials, repeats or values of a grid are added to what is there.\n"
      "SIGTERM, SIGINT (Ctrl-C) and SIGUSR1 save every trial at its next step and exit with 75; a second Ctrl-C ends "
      "at "
      "once.\n"
      "A trial that fails doesn't end the sweep; the exit code is then 4, and the last lines say how many and why.\n"
      "From another shell: unmask status DIR; slices too are told together. The space and its keys: "
      "configs/sweep_published.toml.\n";
  add_run_options(command);
  command.options.add_options()("slice", boost::program_options::value<std::string>(),
                                "K/N: only every N-th trial, from trial K on, in DIR/slice-K-of-N (for job arrays)");
  command.run = [](const ParsedOptions& parsed, Session& session) {
    return run_config_command(parsed, session, ConfigFor::kSweep);
  };
  return command;
}

}  // namespace unmask
