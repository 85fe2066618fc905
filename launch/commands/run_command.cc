#include "launch/commands/run_command.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"
#include "launch/run/sweep_runner.h"
#include "launch/run/trace_file.h"
#include "launch/stop_signals.h"
#include "sweep/run/slices.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

/// The line of results.csv of `unmask train` as people read it.
std::string one_trial_text(const RunFolder& folder) {
  std::istringstream csv(read_text_file(folder.results(), 1 << 20));
  std::string header, line;
  std::getline(csv, header);
  std::getline(csv, line);
  const auto columns = split_csv(header), cells = split_csv(line);
  TextTable table({"", "value"});
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    if (!cells[i].empty()) table.add({columns[i], cells[i]});
  }
  return table.text();
}

/// Slices and whole runs never share a folder, and a slice is named by its K/N.
void refuse_mixed_folders(const RunFolder& run, const std::optional<Slice>& slice) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::kUsage, run.root().string() + ": " + what);
  };
  if (const auto named = slice_of(run)) {
    refuse("is a slice: take --run " + fs::absolute(run.root() / "..").lexically_normal().string() + " --slice " +
           std::to_string(named->index) + "/" + std::to_string(named->count));
  }
  const SliceSet slices = find_slices(run);
  if (slice && fs::exists(run.config())) refuse("holds a whole run; slices need a --run folder of their own");
  if (slice && slices.count != 0 && slices.count != slice->count) {
    refuse("holds slices of " + std::to_string(slices.count) + ", not of " + std::to_string(slice->count) +
           ": take the same N, or another --run folder");
  }
  if (!slice && slices.count != 0)
    refuse("holds slices of a sweep; say which one: unmask sweep --slice K/" + std::to_string(slices.count));
}

std::optional<Slice> slice_asked_for(const ParsedOptions& parsed) {
  if (parsed.count("slice") == 0) return std::nullopt;
  const std::string text = parsed["slice"].as<std::string>();
  const auto slice = parse_slice(text);
  if (!slice) throw Error(ErrorKind::kUsage, "--slice: wanted K/N with K from 0 to N - 1, got \"" + text + "\"");
  return slice;
}

void tell_end(const RunFolder& folder, const SweepOutcome& outcome, ConfigFor what, Session& session) {
  const bool sweep = what == ConfigFor::kSweep;
  const bool whole = outcome.failure.empty();
  if (sweep) {
    session.print(outcome.choice);
  } else if (whole) {
    session.print(one_trial_text(folder));
  }
  const std::filesystem::path model = sweep ? folder.chosen_model() : folder.best_model(0);
  session.print("run: " + folder.root().string() +
                (sweep ? "   results: " + folder.results().string()
                       : "   metrics: " + (folder.trial(0) / "metrics.csv").string()) +
                (std::filesystem::exists(model) ? "   model: " + model.string() : ""));
  if (!whole) session.note(outcome.failure);
}

}  // namespace

std::vector<std::string> overrides_of(const ParsedOptions& parsed) {
  return parsed.count("set") > 0 ? parsed["set"].as<std::vector<std::string>>() : std::vector<std::string>();
}

void add_run_options(Command& command) {
  command.uses_mpi = true;
  command.saves_on_signal = true;
  command.positional = {"CONFIG"};
  command.options.add_options()("run", po::value<std::string>(), "folder where the run lives (made if it isn't there)")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "KEY=VALUE: overrides a key of the config; VALUE is TOML")(
      "trace", po::value<std::string>(), "FILE: writes a timeline of all ranks (Chrome trace format) at the end");
}

int run_config_command(const ParsedOptions& parsed, Session& session, ConfigFor what) {
  const std::atomic<bool>& stop = install_stop_signals();
  if (parsed.count("run") == 0) throw Error(ErrorKind::kUsage, "--run DIR is missing: the folder where the run lives");
  const std::optional<Slice> slice = slice_asked_for(parsed);
  const RunFolder run(parsed["run"].as<std::string>());
  const RunFolder folder = slice ? slice_folder(run, *slice) : run;
  std::unique_ptr<OpenRun> open;
  // Rank zero reads and checks everything; the others get the resolved text, so that all have the same.
  const std::string resolved = session.on_root([&] {
    const std::string file = parsed["CONFIG"].as<std::string>();
    RunConfig config = read_run_config(read_config_file(file), file, overrides_of(parsed), what);
    if (slice) {
      const std::string fault = slice_fault(*config.sweep);
      if (!fault.empty()) throw Error(ErrorKind::kUsage, "--slice: " + fault);
    }
    refuse_mixed_folders(run, slice);
    open = std::make_unique<OpenRun>(folder, std::move(config), [&](const std::string& text) { session.note(text); });
    session.note(open->resumed() ? folder.root().string() + ": goes on with the run that this folder holds"
                                 : folder.root().string() + ": a new run");
    return resolved_toml(open->config());
  });
  const RunConfig config = read_run_config(resolved, "resolved config", {}, what);
  TraceFile trace(parsed.count("trace") > 0 ? parsed["trace"].as<std::string>() : "", session);
  const SweepOutcome outcome = run_sweep(session, open.get(), config, folder, stop);
  trace.write();
  if (outcome.exit_code == static_cast<int>(ErrorKind::kStopped)) {
    session.note("stopped on request; everything is saved. The same command goes on: unmask " +
                 std::string(what == ConfigFor::kSweep ? "sweep " : "train ") + parsed["CONFIG"].as<std::string>() +
                 " --run " + run.root().string() + (slice ? " --slice " + parsed["slice"].as<std::string>() : ""));
  } else if (session.speaks()) {
    tell_end(folder, outcome, what, session);
  }
  return outcome.exit_code;
}

}  // namespace unmask
