#include "launch/commands/prepare_command.h"

#include <filesystem>

#include "base/error.h"
#include "data/prepare/prepare_estimate.h"
#include "launch/config/prepare_config.h"
#include "launch/rank_watch.h"
#include "launch/run/prepare_report.h"
#include "launch/run/prepare_runner.h"
#include "launch/stop_signals.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

/// Where a folder or a list of videos stands in place of a config, the config that it stands for.
std::string config_text(const std::string& input) {
  std::error_code ignored;
  const std::string ending = fs::path(input).extension().native();
  const bool is_tree = fs::is_directory(input, ignored) || ending == ".csv" || ending == ".json";
  return is_tree ? "prepare.root = " + quoted_toml(input) + "\n" : read_config_file(input);
}

PrepareOptions read_options(const ParsedOptions& parsed) {
  const std::string input = parsed["INPUT"].as<std::string>();
  std::vector<std::string> settings = texts_of(parsed, "set");
  if (const auto stores = text_of(parsed, "stores")) settings.push_back("prepare.stores=" + quoted_toml(*stores));
  if (const auto layout = text_of(parsed, "layout")) settings.push_back("prepare.layout=" + quoted_toml(*layout));
  if (parsed.count("no-sandbox") > 0) settings.emplace_back("prepare.sandbox=false");
  return read_prepare_config(config_text(input), input, settings);
}

PrepareOptions read_resolved(const std::string& text) { return read_prepare_config(text, "resolved config", {}); }

int run(const ParsedOptions& parsed, Session& session) {
  const std::atomic<bool>& stop = install_stop_signals();
  const auto read = [&] { return read_options(parsed); };
  const PrepareOptions options = session.share<PrepareOptions>(read, resolved_toml, read_resolved);
  RankWatch watch(session, parsed["timeout"].as<double>());
  PrepareRunner runner(options, session, watch, stop);
  if (parsed.count("dry-run") > 0) {
    const std::string table = session.on_root([&] { return estimate_table(estimate_work(runner.plan())); });
    watch.close();
    session.print(table);
    return 0;
  }
  runner.work();
  runner.join();
  const std::string crops = session.on_root([&] {
    const auto by_store = runner.close();
    session.print(counts_table(by_store));
    for (const std::string& line : bad_source_lines(by_store)) session.note(line);
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
  command.summary = "finds faces in videos and frames and writes crop stores";
  command.usage = "INPUT [--stores STORES] [--dry-run] [--set KEY=VALUE]...";
  command.examples =
      "  unmask prepare /data/FaceForensics++ --stores runs/stores --dry-run\n"
      "  mpirun -n 8 unmask prepare /data/FaceForensics++ --stores runs/stores\n"
      "  mpirun -n 2 unmask prepare configs/demo_prepare.toml --set prepare.crop_px=112\n";
  command.notes =
      R"(INPUT is a config file, or, with --stores, the tree itself: a folder of videos, pictures or frames in a layout
that is recognised, or a CSV or JSON file that lists them (docs/dataset_layouts.md); which labels were understood is
said before the work. Ranks share the videos; the stores' bytes don't depend on how many there are. Frames without a
face, and files that can't be read, are counted by status, and the bad ones named. A stopped or killed run goes on where
it was.
Exit code 3 if no frame gave a face.
)";
  command.uses_mpi = true;
  command.positional = {"INPUT"};
  command.options.add_options()("stores", po::value<std::string>(), "the folder to write to: STORES/<dataset>/…")(
      "layout", po::value<std::string>(), "the tree's layout, where it isn't recognised")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "KEY=VALUE: overrides a key of the config; VALUE is TOML")(
      "dry-run", "tells videos, frames, crops, GB and core-hours, and writes nothing")(
      "no-sandbox", "decodes without the sandbox, where a system forbids it")(
      "timeout", po::value<double>()->default_value(60), "seconds of a rank's silence after which the job ends");
  command.run = run;
  return command;
}

}  // namespace unmask
