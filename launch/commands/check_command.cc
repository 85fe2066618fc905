#include "launch/commands/check_command.h"

#include "launch/check/config_check.h"
#include "launch/check/rank_check.h"
#include "launch/commands/config_arguments.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

int run(const ParsedOptions& parsed, Session& session) {
  const std::string folder = text_of(parsed, "run").value_or("");
  Findings findings;  // rank zero's, as the next
  std::int64_t rank_bytes = 0;
  const auto check = [&] {
    const int ranks = parsed.count("ranks") > 0 ? parsed["ranks"].as<int>() : session.world().world();
    if (ranks < 1) throw Error(ErrorKind::kUsage, "--ranks must be >= 1");
    const RunConfig config = read_config_argument(parsed, ConfigFor::kEither);
    session.print(parsed["CONFIG"].as<std::string>() + ": a config of `unmask " + (config.sweep ? "sweep" : "train") +
                  "`, all keys are valid\n");
    const ConfigCheck checked = check_config(config, folder, ranks, findings);
    session.print(checked.text);
    rank_bytes = checked.rank_bytes;
    return checked.config;
  };
  const RunConfig config = session.share<RunConfig>(check, resolved_toml, read_resolved_config);
  if (session.world().world() > 1) session.print("\n" + check_ranks(session, config, folder, rank_bytes, findings));
  return std::stoi(session.on_root([&] {
    session.print("\n" + (findings.text().empty() ? "no fault found" : findings.text()));
    return std::to_string(findings.exit_code());
  }));
}

}  // namespace

Command check_command() {
  Command command;
  command.name = "check";
  command.summary = "looks for what would go wrong, before a job is queued";
  command.usage = "CONFIG [--run DIR] [--ranks N] [--set KEY=VALUE]...";
  command.examples =
      "  unmask check configs/sweep_published.toml --run runs/published --ranks 16     on a login node\n"
      "  mpirun -n 16 unmask check configs/sweep_published.toml --run runs/published   in the allocation\n";
  command.notes =
      "Alone: keys, stores, splits (a video or a target identity in two of them), steps, weights, disk. With several "
      "ranks\n"
      "also: cores, GPUs, MPI, speed of an all-reduce, equal numerics, file locks and clocks. Nothing is trained, and "
      "nothing\n"
      "is left in DIR. Exit code 0: no fault (there may be warnings), 2: the config must be changed, 3: the data.\n";
  add_config_options(command, "folder where the run would live, or lives");
  command.options.add_options()("ranks", po::value<int>(), "ranks of the job (else those of this start)");
  command.run = run;
  return command;
}

}  // namespace unmask
