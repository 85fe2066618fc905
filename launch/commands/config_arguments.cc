#include "launch/commands/config_arguments.h"

namespace unmask {

namespace po = boost::program_options;

void add_config_options(Command& command, const std::string& run) {
  command.uses_mpi = true;
  command.positional = {"CONFIG"};
  command.options.add_options()("run", po::value<std::string>(), run.c_str())(
      "set", po::value<std::vector<std::string>>()->composing(),
      "KEY=VALUE: overrides a key of the config; VALUE is TOML");
}

RunConfig read_config_argument(const ParsedOptions& parsed, ConfigFor what) {
  const std::string file = parsed["CONFIG"].as<std::string>();
  return read_run_config(read_config_file(file), file, texts_of(parsed, "set"), what);
}

}  // namespace unmask
