// What `unmask train` and `unmask sweep` share: options, opening the run, running it, the last words.
#pragma once

#include <string>
#include <vector>

#include "launch/command_line.h"
#include "launch/config/run_config.h"

namespace unmask {

/// Adds --run and --set, and CONFIG.
void add_run_options(Command& command);

/// The values of --set.
std::vector<std::string> overrides_of(const ParsedOptions& parsed);

/// Opens the run folder on rank zero and works on it with all ranks. COLLECTIVE. Returns the exit code.
int run_config_command(const ParsedOptions& parsed, Session& session, ConfigFor what);

}  // namespace unmask
