#include "launch/commands/score_arguments.h"

#include "base/error.h"
#include "model/train/numerics.h"

namespace unmask {

namespace po = boost::program_options;

void add_score_options(Command& command) {
  auto option = command.options.add_options();
  option("threads", po::value<int>()->default_value(1), "threads a rank");
  option("device", po::value<std::string>()->default_value("auto"), "auto, cpu or cuda");
  option("timeout", po::value<double>()->default_value(60), "seconds of a rank's silence after which the job ends");
}

ScoreOptions score_options(const ParsedOptions& parsed, const Session& session) {
  const int threads = parsed["threads"].as<int>();
  if (threads < 1) throw Error(ErrorKind::kUsage, "--threads must be >= 1");
  return {threads, resolve_device(word_of<Device>(parsed, "device")), session.local_rank()};
}

}  // namespace unmask
