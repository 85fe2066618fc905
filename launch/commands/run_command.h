// What the commands on a config share, and what `unmask train` and `unmask sweep` do: open a run, run it, tell the end.
#pragma once

#include "launch/command_line.h"
#include "launch/config/run_config_file.h"

namespace unmask {

/// Adds CONFIG, --run, --set and --trace.
void add_run_options(Command& command);

/// CONFIG with the values of --set. THROWS Error(kUsage) with every fault.
RunConfig read_config_argument(const ParsedOptions& parsed, ConfigFor what);

/// Opens the run folder on rank zero and works on it with all ranks. COLLECTIVE. Returns the exit code.
int run_config_command(const ParsedOptions& parsed, Session& session, ConfigFor what);

}  // namespace unmask
