#include "launch/commands/plan_command.h"

#include <algorithm>

#include "base/error.h"
#include "launch/check/machine_timing.h"
#include "launch/check/recorded_timing.h"
#include "launch/check/sweep_forecast.h"
#include "launch/commands/config_arguments.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

/// Of steps that all ranks take. COLLECTIVE. `work`: rank zero's.
MachineTiming time_steps(Session& session, const SweepWork& work, int ranks) {
  const RunConfig timed = session.share<RunConfig>([&] { return work.timed; }, resolved_toml, read_resolved_config);
  const std::string most = session.on_root([&] { return std::to_string(work.most_microbatches); });
  return time_machine(session, timed.trial, useful_sizes(std::stoi(most), std::min(ranks, session.world().world())));
}

int run(const ParsedOptions& parsed, Session& session) {
  const int ranks = parsed.count("ranks") > 0 ? parsed["ranks"].as<int>() : session.world().world();
  if (ranks < 1 || ranks > 1000000) throw Error(ErrorKind::kUsage, "--ranks must be in [1, 1000000]");
  const auto recorded = text_of(parsed, "timing"), run_root = text_of(parsed, "run");
  SweepWork work;
  MachineTiming timing;
  session.on_root([&] {
    work = sweep_work(read_config_argument(parsed, ConfigFor::kEither));
    if (recorded) timing = read_timing(*recorded);
    return std::string();
  });
  if (!recorded) timing = time_steps(session, work, ranks);
  session.on_root([&] {
    const SweepForecast forecast = forecast_sweep(work, timing, ranks);
    session.print(forecast_text(work, timing, forecast));
    if (run_root) {
      const RunFolder folder(*run_root);
      write_forecast(folder, work, forecast);
      session.print("written to " + folder.plan().string() + ": `unmask status` shows it beside what the run took");
    }
    return std::string();
  });
  return 0;
}

}  // namespace

Command plan_command() {
  Command command;
  command.name = "plan";
  command.summary = "predicts how long a sweep takes, by mode and group size";
  command.usage = "CONFIG [--ranks N] [--run DIR] [--timing FILE|RUN] [--set KEY=VALUE]...";
  command.examples =
      "  mpirun -n 16 unmask plan configs/sweep_published.toml --run runs/published\n"
      "  unmask plan configs/sweep_published.toml --ranks 64 --timing runs/former\n"
      "  unmask plan configs/sweep_published.toml --ranks 64 --timing steps.csv       ranks,microbatches,step_s\n";
  command.notes =
      "Times a few steps at each group size that the ranks of this start allow, in a temporary folder, or reads the "
      "times of a\n"
      "former run or a file; sizes that were not timed are extrapolated by the most microbatches on one rank. With "
      "--run "
      "the\n"
      "prediction is written to DIR/plan.json, which makes no run of DIR; `unmask sweep` on as many ranks shows it.\n";
  add_config_options(command, "folder for the prediction, plan.json: where the run would live, or lives");
  command.saves_on_signal = true;
  command.options.add_options()("ranks", po::value<int>(), "ranks of the job (else those of this start)")(
      "timing", po::value<std::string>(), "times instead of steps: a CSV file, or the folder of a former run");
  command.run = run;
  return command;
}

}  // namespace unmask
