#include "launch/commands/all_commands.h"
#include "launch/program.h"

int main(int argc, char** argv) { return unmask::run_program(unmask::all_commands(), argc, argv); }
