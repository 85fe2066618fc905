#include "launch/command_line.h"

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/nearest_word.h"

namespace unmask {

namespace po = boost::program_options;

std::string program_help(const std::vector<Command>& commands) {
  std::string text =
      "unmask trains and evaluates detectors of manipulated faces.\n\n"
      "Examples:\n"
      "  unmask synth runs/demo-data --faces photos          a small dataset with known truth\n"
      "  mpirun -n 2 unmask prepare configs/demo_prepare.toml\n"
      "  unmask split stores --by identity                   another split, without preparing again\n"
      "  unmask audit stores                                 do splits share videos, people, crops?\n"
      "  mpirun -n 2 unmask sweep configs/demo.toml --run runs/demo\n"
      "  unmask evaluate runs/demo stores/base/val.crops\n"
      "  unmask predict runs/demo clip.mp4                   a verdict\n\n"
      "Commands:\n";
  for (const Command& command : commands) {
    text += "  " + command.name + std::string(12 - command.name.size(), ' ') + command.summary + "\n";
  }
  text +=
      "\n`unmask COMMAND --help` tells more; `unmask --version` the version.\n"
      "Exit codes: 0 done, 1 failed, 2 usage or config, 3 data, 4 finished, but with failed trials or unread inputs,\n"
      "75 stopped on request (the same command goes on).\n";
  return text;
}

std::string command_help(const Command& command) {
  std::ostringstream text;
  text << "unmask " << command.name << ": " << command.summary << "\n\nExamples:\n" << command.examples << "\n";
  text << "Usage: unmask " << command.name << " " << command.usage << "\n\n" << command.options;
  if (!command.notes.empty()) text << "\n" << command.notes;
  return text.str();
}

const Command& find_command(const std::vector<Command>& commands, const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  const auto nearest = nearest_word(name, names);
  throw Error(ErrorKind::kUsage, "unknown command \"" + name.substr(0, 100) + "\"" +
                                     (nearest ? "; did you mean `unmask " + *nearest + "`?" : "") +
                                     "\n  `unmask --help` lists the commands");
}

namespace {

std::string unknown_option(const Command& command, const std::string& given) {
  std::vector<std::string> names;
  for (const auto& option : command.options.options()) names.push_back("--" + option->long_name());
  const auto nearest = nearest_word(given, names);
  return "unknown option " + given + (nearest ? "; did you mean " + *nearest + "?" : "");
}

bool lacks_first(const Command& command, const std::vector<std::string>& arguments) {
  const std::string option = "--" + command.stands_for_first;
  return !command.stands_for_first.empty() && std::ranges::any_of(arguments, [&](const std::string& argument) {
    return argument == option || argument.starts_with(option + "=");
  });
}

/// Options of the command and its positional arguments as Boost has them.
ParsedOptions parse(const Command& command, const std::vector<std::string>& arguments) {
  po::options_description all;
  all.add(command.options);
  po::positional_options_description positions;
  for (std::size_t i = lacks_first(command, arguments) ? 1 : 0; i < command.positional.size(); ++i) {
    const bool repeats = command.last_repeats && i + 1 == command.positional.size();
    const std::string& name = command.positional[i];
    if (repeats) {
      all.add_options()(name.c_str(), po::value<std::vector<std::string>>());
    } else {
      all.add_options()(name.c_str(), po::value<std::string>());
    }
    positions.add(name.c_str(), repeats ? -1 : 1);
  }
  ParsedOptions parsed;
  // Without guessing: an abbreviated option would change its meaning when a new one is added.
  const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(arguments).options(all).positional(positions).style(style).run(), parsed);
  po::notify(parsed);
  return parsed;
}

}  // namespace

ParsedOptions parse_options(const Command& command, const std::vector<std::string>& arguments) {
  const auto fault = [&](const std::string& what) {
    return Error(ErrorKind::kUsage, what + "\n  usage: unmask " + command.name + " " + command.usage + "\n  `unmask " +
                                        command.name + " --help` tells more");
  };
  ParsedOptions parsed;
  try {
    parsed = parse(command, arguments);
  } catch (const po::too_many_positional_options_error&) {
    const bool has_run = command.options.find_nothrow("run", false) != nullptr;
    throw fault(std::string("more arguments than it takes") + (has_run ? "; a run's folder is --run DIR" : ""));
  } catch (const po::unknown_option& error) {
    throw fault(unknown_option(command, error.get_option_name()));
  } catch (const po::error& error) {
    throw fault(error.what());
  }
  for (const std::string& name : command.positional) {
    if (name == command.positional.front() && lacks_first(command, arguments)) continue;
    const bool may_be_absent = command.last_optional && name == command.positional.back();
    if (parsed.count(name) == 0 && !may_be_absent) throw fault("missing argument " + name);
  }
  return parsed;
}

std::optional<std::string> text_of(const ParsedOptions& parsed, const std::string& option) {
  return parsed.count(option) > 0 ? std::optional(parsed[option].as<std::string>()) : std::nullopt;
}

std::vector<std::string> texts_of(const ParsedOptions& parsed, const std::string& option) {
  return parsed.count(option) > 0 ? parsed[option].as<std::vector<std::string>>() : std::vector<std::string>();
}

}  // namespace unmask
