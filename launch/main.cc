#include "launch/command_line.h"

int main(int argc, char** argv) { return unmask::run_program(argc, argv); }
