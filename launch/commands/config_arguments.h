// What the commands on a config share: CONFIG, --run, --set.
#pragma once

#include <string>

#include "launch/command_line.h"
#include "launch/config/run_config_file.h"

namespace unmask {

/// Adds CONFIG, --run (what it is for: `run`) and --set.
void add_config_options(Command& command, const std::string& run);

/// CONFIG with the values of --set. THROWS Error(kUsage) with every fault.
RunConfig read_config_argument(const ParsedOptions& parsed, ConfigFor what);

}  // namespace unmask
