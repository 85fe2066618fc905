// What `unmask train` and `unmask sweep` do: open a run, run it, tell the end.
#pragma once

#include "launch/commands/config_arguments.h"

namespace unmask {

/// Those of a config (config_arguments.h) and --trace.
void add_run_options(Command& command);

/// Opens the run folder on rank zero and works on it with all ranks. COLLECTIVE. Returns the exit code.
int run_config_command(const ParsedOptions& parsed, Session& session, ConfigFor what);

}  // namespace unmask
