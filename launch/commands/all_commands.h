// The commands of the program, in the order in which --help lists them.
#pragma once

#include <vector>

#include "launch/command_line.h"

namespace unmask {

std::vector<Command> all_commands();

}  // namespace unmask
