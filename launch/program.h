// The program's frame: finds the command, starts MPI if it needs it, and turns what was thrown into an exit code.
#pragma once

#include <vector>

#include "launch/command_line.h"

namespace unmask {

/// The whole program with these commands. Catches everything; returns the exit code (docs/operations.md).
int run_program(const std::vector<Command>& commands, int argc, char** argv);

}  // namespace unmask
