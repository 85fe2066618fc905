#include "launch/commands/run_command.h"

#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "launch/run/run_report.h"
#include "launch/run/sweep_runner.h"
#include "launch/run/trace_file.h"
#include "launch/stop_signals.h"
#include "sweep/run/slices.h"

namespace unmask {
namespace {

namespace po = boost::program_options;

constexpr double kLockWaits = 25;  // of a lease's length (open_run.cc)

std::optional<Slice> slice_asked_for(const ParsedOptions& parsed) {
  const auto text = text_of(parsed, "slice");
  if (!text) return std::nullopt;
  const auto slice = parse_slice(*text);
  if (!slice) throw Error(ErrorKind::kUsage, "--slice: wanted K/N with K from 0 to N - 1, got \"" + *text + "\"");
  return slice;
}

/// The page of what there is now. A run doesn't fail for it.
std::string page_text(const RunFolder& folder, Session& session) {
  try {
    write_report_page(folder, read_recorded_run(folder, [](const std::string&) {}));
    return "   page: " + folder.report().string();
  } catch (const std::exception& error) {
    session.note("the page was not written: " + std::string(error.what()));
    return "";
  }
}

void tell_end(const RunFolder& folder, const SweepOutcome& outcome, bool sweep, Session& session) {
  if (sweep || outcome.failure.empty()) session.print(outcome.choice);
  const std::filesystem::path model = sweep ? folder.chosen_model() : folder.best_model(0);
  session.print("run: " + folder.root().string() +
                (sweep ? "   results: " + folder.results().string()
                       : "   metrics: " + (folder.trial(0) / "metrics.csv").string()) +
                (std::filesystem::exists(model) ? "   model: " + model.string() : "") + page_text(folder, session));
  if (!outcome.failure.empty()) session.note(outcome.failure);
}

}  // namespace

void add_run_options(Command& command) {
  add_config_options(command, "folder where the run lives (made if it isn't there)");
  command.saves_on_signal = true;
  command.options.add_options()("trace", po::value<std::string>(),
                                "FILE: writes a timeline of all ranks (Chrome trace format) at the end");
}

int run_config_command(const ParsedOptions& parsed, Session& session, ConfigFor what) {
  const std::atomic<bool>& stop = install_stop_signals();
  const std::string root = text_of(parsed, "run").value_or("");
  if (root.empty()) {
    throw Error(ErrorKind::kUsage,
                "--run DIR is missing: the folder where the run lives, such as --run runs/demo; it is made if it isn't "
                "there");
  }
  const std::optional<Slice> slice = slice_asked_for(parsed);
  const RunFolder run(root);
  const RunFolder folder = slice ? slice_folder(run, *slice) : run;
  std::unique_ptr<OpenRun> open;  // rank zero reads and checks everything
  const auto open_run = [&] {
    session.begins("reading the config");
    RunConfig config = read_config_argument(parsed, what);
    const std::string fault = slice ? slice_fault(*config.sweep) : "";
    if (!fault.empty()) throw Error(ErrorKind::kUsage, "--slice: " + fault);
    refuse_mixed_folders(run, slice);
    // A lock may have to be waited for; the other ranks, which wait for this one, watch over nothing meanwhile.
    session.begins("opening the run", kLockWaits * config.restart.lock_lease_s);
    open = std::make_unique<OpenRun>(folder, std::move(config), [&](const std::string& text) { session.note(text); });
    session.note(folder.root().string() +
                 (open->resumed() ? ": goes on with the run that this folder holds" : ": a new run"));
    return open->config();
  };
  const RunConfig config = session.share<RunConfig>(open_run, resolved_toml, read_resolved_config);
  TraceFile trace(text_of(parsed, "trace").value_or(""), session);
  const SweepOutcome outcome = run_sweep(session, open.get(), config, folder, stop);
  trace.write();
  const bool sweep = what == ConfigFor::kSweep;
  if (outcome.exit_code == static_cast<int>(ErrorKind::kStopped)) {
    session.note("stopped on request; everything is saved. The same command goes on: unmask " +
                 std::string(sweep ? "sweep " : "train ") + parsed["CONFIG"].as<std::string>() + " --run " +
                 run.root().string() + (slice ? " --slice " + *text_of(parsed, "slice") : ""));
    if (session.speaks()) page_text(folder, session);
  } else if (session.speaks()) {
    tell_end(folder, outcome, sweep, session);
  }
  return outcome.exit_code;
}

}  // namespace unmask
