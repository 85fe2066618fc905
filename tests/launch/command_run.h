// Runs a command in this process, in a world of one: quicker than the program (program_runner.h), with the same words.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "launch/commands/all_commands.h"

namespace unmask {

struct CommandResult {
  int exit_code = -1;
  std::string out, err;  // stdout; stderr and the message of what was thrown
  bool says(const std::string& part) const { return (out + err).find(part) != std::string::npos; }
};

/// `line`: "report runs/demo --csv demo.csv", words without blanks in them. REQUIRES: a command that makes no groups of
/// ranks: all but train, sweep, and plan without --timing.
inline CommandResult run_command_line(const std::string& line) {
  std::istringstream stream(line);
  std::string name;
  stream >> name;
  std::vector<std::string> arguments;
  for (std::string word; stream >> word;) arguments.push_back(word);
  const std::vector<Command> commands = all_commands();
  Session session(nullptr);
  CommandResult result;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  std::string thrown;
  try {
    const Command& command = find_command(commands, name);
    result.exit_code = command.run(parse_options(command, arguments), session);
  } catch (const Error& error) {
    result.exit_code = static_cast<int>(error.kind());
    thrown = error.what();
  }
  session.close();
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr() + thrown;
  return result;
}

}  // namespace unmask
