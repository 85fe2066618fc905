#include "launch/commands/prepare_command.h"

#include "base/error.h"
#include "data/prepare/prepare.h"
#include "data/prepare/prepare_listing.h"
#include "dist/agreement.h"
#include "launch/config/prepare_config.h"
#include "launch/progress_line.h"
#include "launch/rank_watch.h"
#include "launch/run/prepare_report.h"
#include "launch/stop_signals.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

PrepareOptions read_resolved(const std::string& text) { return read_prepare_config(text, "resolved config", {}); }

/// This rank's units. COLLECTIVE.
void work(const PreparePlan& plan, Session& session, const std::atomic<bool>& stop) {
  const auto ranks = static_cast<std::size_t>(session.world().world());
  const std::size_t mine = (plan.units.size() + ranks - 1) / ranks;  // rank zero has the most
  std::size_t done = 0;
  ProgressLine progress;
  agree(session.world(), "prepare", [&] {
    prepare_units(plan, session.rank(), session.world().world(), [&](std::size_t) {
      ++done;
      if (session.speaks())
        progress.show("prepare: " + std::to_string(done) + "/" + std::to_string(mine) + " units of rank 0");
      if (stop.load())
        throw Error(ErrorKind::kStopped, "stopped on request; the same command goes on with what is left");
    });
  });
}

int run(const ParsedOptions& parsed, Session& session) {
  const std::atomic<bool>& stop = install_stop_signals();
  const std::string file = parsed["CONFIG"].as<std::string>();
  const auto read = [&] { return read_prepare_config(read_config_file(file), file, texts_of(parsed, "set")); };
  const PrepareOptions options = session.share<PrepareOptions>(read, resolved_toml, read_resolved);
  RankWatch watch(session, parsed["timeout"].as<double>());
  PreparePlan plan;
  agree(session.world(), "prepare", [&] { plan = plan_prepare(options); });
  work(plan, session, stop);
  const std::string crops = session.on_root([&] {
    const auto by_store = join_prepared(plan);
    session.print(counts_table(by_store));
    for (const std::string& line : bad_frame_lines(by_store)) session.note(line);
    session.print("stores: " + options.stores);
    return std::to_string(usable_frames(by_store));
  });
  watch.close();
  if (crops != "0") return 0;
  session.note("unmask prepare: no frame gave a face: check the detector and the frames");
  return static_cast<int>(ErrorKind::kData);
}

}  // namespace

Command prepare_command() {
  Command command;
  command.name = "prepare";
  command.summary = "finds faces in frames and writes crop stores";
  command.usage = "CONFIG [--set KEY=VALUE]...";
  command.examples =
      "  mpirun -n 2 unmask prepare configs/demo_prepare.toml\n"
      "  unmask prepare configs/demo_prepare.toml --set prepare.crop_px=112 --set 'prepare.names=[\"base\"]'\n";
  command.notes =
      R"(Ranks share the frames; the stores' bytes don't depend on how many there are. Frames without a face, and files
that are no whole image, are counted by status, and the bad ones named. A stopped or killed run goes on where it was.
Exit code 3 if no frame gave a face.
)";
  command.uses_mpi = true;
  command.positional = {"CONFIG"};
  command.options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                                "KEY=VALUE: overrides a key of the config; VALUE is TOML")(
      "timeout", po::value<double>()->default_value(60), "seconds of a rank's silence after which the job ends");
  command.run = run;
  return command;
}

}  // namespace unmask
