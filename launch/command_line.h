// The command line: `unmask COMMAND …`. The command is read by hand, its options by Boost.Program_options.
//
//   const std::vector<Command> commands = all_commands();  // launch/commands/all_commands.h
//   const Command& command = find_command(commands, "status");
//   const ParsedOptions parsed = parse_options(command, {"runs/demo", "--json"});
//   return command.run(parsed, session);
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "base/error.h"
#include "base/words.h"
#include "launch/session.h"

namespace unmask {

using ParsedOptions = boost::program_options::variables_map;

/// One command of the program, made in launch/commands.
struct Command {
  std::string name;
  std::string summary;   // one line
  std::string usage;     // "CONFIG --run DIR [--set KEY=VALUE]..."
  std::string examples;  // lines "  unmask …", first in --help
  std::string notes;     // last in --help; may be empty
  bool uses_mpi = false;
  bool saves_on_signal = false;  // SIGTERM, SIGINT and SIGUSR1 ask it to save and stop, from its very start
  boost::program_options::options_description options{"Options"};
  std::vector<std::string> positional;  // names; the last takes the rest if `last_repeats`
  bool last_repeats = false;
  bool last_optional = false;    // the last of them may be left out
  std::string stands_for_first;  // an option with which the first positional argument isn't there
  /// Returns the exit code. THROWS Error: under MPI on all ranks alike.
  std::function<int(const ParsedOptions&, Session&)> run;
};

std::string program_help(const std::vector<Command>& commands);
std::string command_help(const Command& command);

/// THROWS Error(kUsage) with the nearest name.
const Command& find_command(const std::vector<Command>& commands, const std::string& name);
/// THROWS Error(kUsage) naming the option, with the nearest one, and how to get help.
ParsedOptions parse_options(const Command& command, const std::vector<std::string>& arguments);

/// The option's text; nothing where it wasn't given.
std::optional<std::string> text_of(const ParsedOptions& parsed, const std::string& option);
/// An option of words that has a default. THROWS Error(kUsage) naming the words.
template <HasWords E>
E word_of(const ParsedOptions& parsed, const std::string& option) {
  const std::string word = parsed[option].as<std::string>();
  if (const auto value = from_word<E>(word)) return *value;
  throw Error(ErrorKind::kUsage, "--" + option + " must be " + one_of(all_words<E>()) + ", got \"" + word + "\"");
}
/// All texts of an option that may be given several times.
std::vector<std::string> texts_of(const ParsedOptions& parsed, const std::string& option);

}  // namespace unmask
