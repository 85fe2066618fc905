#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/table_text.h"
#include "data/prepare/prepare.h"
#include "data/prepare/prepare_listing.h"
#include "dist/agreement.h"
#include "launch/command_line.h"
#include "launch/config/prepare_config.h"
#include "launch/progress_line.h"
#include "launch/rank_watch.h"
#include "launch/stop_signals.h"

namespace unmask {
namespace {

namespace po = boost::program_options;
constexpr std::size_t kBadFramesNamed = 20;

std::string counts_table(const std::map<std::string, PrepareCounts>& by_store) {
  std::set<std::string> statuses;
  for (const auto& [store, counts] : by_store) {
    for (const auto& [status, count] : counts.by_status) statuses.insert(status);
  }
  std::vector<std::string> header = {"store", "frames"};
  header.insert(header.end(), statuses.begin(), statuses.end());
  TextTable table(header);
  for (const auto& [store, counts] : by_store) {
    std::int64_t all = 0;
    std::vector<std::string> cells;
    for (const std::string& status : statuses) {
      const auto found = counts.by_status.find(status);
      const std::int64_t count = found == counts.by_status.end() ? 0 : found->second;
      all += count;
      cells.push_back(std::to_string(count));
    }
    cells.insert(cells.begin(), {store, std::to_string(all)});
    table.add(cells);
  }
  return table.text();
}

void name_bad_frames(const std::map<std::string, PrepareCounts>& by_store, const Session& session) {
  std::vector<std::string> bad;
  for (const auto& [store, counts] : by_store) bad.insert(bad.end(), counts.bad.begin(), counts.bad.end());
  for (std::size_t i = 0; i < std::min(bad.size(), kBadFramesNamed); ++i) session.note("bad frame: " + bad[i]);
  if (bad.size() > kBadFramesNamed) session.note("… and " + std::to_string(bad.size() - kBadFramesNamed) + " more");
}

std::int64_t usable(const std::map<std::string, PrepareCounts>& by_store) {
  std::int64_t crops = 0;
  for (const auto& [store, counts] : by_store) {
    const auto ok = counts.by_status.find(to_word(FrameStatus::kOk));
    if (ok != counts.by_status.end()) crops += ok->second;
  }
  return crops;
}

int run(const ParsedOptions& parsed, Session& session) {
  const std::atomic<bool>& stop = install_stop_signals();
  const std::string file = parsed["CONFIG"].as<std::string>();
  const std::vector<std::string> overrides =
      parsed.count("set") > 0 ? parsed["set"].as<std::vector<std::string>>() : std::vector<std::string>();
  const std::string resolved =
      session.on_root([&] { return resolved_toml(read_prepare_config(read_config_file(file), file, overrides)); });
  const PrepareOptions options = read_prepare_config(resolved, "resolved config", {});
  RankWatch watch(session, parsed["timeout"].as<double>());
  PreparePlan plan;
  agree(session.world(), "prepare", [&] { plan = plan_prepare(options); });
  const auto ranks = static_cast<std::size_t>(session.world().world());
  const std::size_t mine = (plan.units.size() + ranks - 1) / ranks;  // rank zero has the most
  std::size_t done = 0;
  {
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
  const std::string crops = session.on_root([&] {
    const auto by_store = join_prepared(plan);
    session.print(counts_table(by_store));
    name_bad_frames(by_store, session);
    session.print("stores: " + options.stores);
    return std::to_string(usable(by_store));
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
      "Ranks share the frames; the stores' bytes don't depend on how many there are. Frames without a face, and files "
      "that\n"
      "are no whole image, are counted by status, and the bad ones named. A stopped or killed run goes on where it "
      "was.\n"
      "Exit code 3 if no frame gave a face.\n";
  command.uses_mpi = true;
  command.positional = {"CONFIG"};
  command.options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                                "KEY=VALUE: overrides a key of the config; VALUE is TOML")(
      "timeout", po::value<double>()->default_value(60), "seconds of a rank's silence after which the job ends");
  command.run = run;
  return command;
}

}  // namespace unmask
