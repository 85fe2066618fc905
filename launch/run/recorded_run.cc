#include "launch/run/recorded_run.h"

#include <algorithm>
#include <filesystem>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/trial_config.h"
#include "launch/run/recorded_config.h"
#include "sweep/plan/trial_lifecycle.h"
#include "sweep/run/ledger.h"
#include "sweep/run/slices.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Note = std::function<void(const std::string&)>;
constexpr std::size_t kMostTimingBytes = 256 << 20;

/// A trial without a folder's config has failed before it could start:
/// its brief stays empty, as in the run's own results.
TrialBrief recorded_brief(const RunConfig& config, const TrialRecord& record) {
  const bool never_had_one = record.state == TrialState::kFailed && record.config_digest.empty();
  return never_had_one || !record.drawn ? TrialBrief() : trial_brief(config, trial_config(config, record));
}

RecordedRun read_one(const RunFolder& folder, const Note& note) {
  RecordedRun run;
  run.config = read_recorded_config(folder);
  for (const TrialRecord& record : read_ledger(folder))
    run.trials.push_back({record, recorded_brief(run.config, record)});
  run.incomplete = unfinished_text(run.trials);
  if (!run.incomplete.empty()) note(folder.root().string() + ": " + run.incomplete);
  if (fs::exists(folder.timing())) run.timing = read_text_file(folder.timing(), kMostTimingBytes);
  return run;
}

std::size_t planned_trials(const RunConfig& config) {
  return plan_sweep(sweep_options(config), config.trial.seed, {}).trials.size();
}

/// Adds a slice. Slices may have been grown one after the other: the largest config is the run's.
void merge(RecordedRun& whole, RecordedRun slice, const RunFolder& folder) {
  std::string text;
  for (const std::string& line : slice_difference(whole.config, slice.config)) text += "\n  " + line;
  if (!text.empty()) {
    throw Error(ErrorKind::kUsage,
                folder.root().string() + ": is of another experiment than the slices before it:" + text);
  }
  if (planned_trials(slice.config) > planned_trials(whole.config)) whole.config = slice.config;
  whole.trials.insert(whole.trials.end(), slice.trials.begin(), slice.trials.end());
  if (whole.timing.empty()) {
    whole.timing = slice.timing;
  } else if (const std::size_t header = slice.timing.find('\n'); header != std::string::npos) {
    whole.timing += slice.timing.substr(header + 1);
  }
}

RecordedRun read_slices(const RunFolder& folder, const Note& note) {
  const SliceSet slices = find_slices(folder);
  if (slices.started.empty()) {
    throw Error(ErrorKind::kUsage, folder.root().string() + ": holds no run (no config.toml) and no slices of one");
  }
  RecordedRun whole = read_one(slices.started.front().second, note);
  for (std::size_t i = 1; i < slices.started.size(); ++i) {
    const RunFolder& slice = slices.started[i].second;
    merge(whole, read_one(slice, note), slice);
  }
  std::ranges::sort(whole.trials, {}, [](const SweepTrial& trial) { return trial.record.id; });
  whole.incomplete = missing_text(slices);
  const std::size_t all = planned_trials(whole.config);
  if (whole.incomplete.empty() && whole.trials.size() < all) {
    whole.incomplete =
        std::to_string(whole.trials.size()) + " of " + std::to_string(all) + " trials: not all slices have been grown";
  }
  if (whole.incomplete.empty()) whole.incomplete = unfinished_text(whole.trials);
  return whole;
}

}  // namespace

std::string unfinished_text(const std::vector<SweepTrial>& trials) {
  const std::size_t all = trials.size();
  const auto over = static_cast<std::size_t>(
      std::ranges::count_if(trials, [](const SweepTrial& trial) { return is_over(trial.record.state); }));
  return over == all ? "" : std::to_string(over) + " of " + std::to_string(all) + " trials are over";
}

void read_added_of(const RunFolder& folder, RecordedRun& run) {
  run.added.clear();
  run.damaged.clear();
  try {
    run.added = read_added_scores(folder);
  } catch (const Error& error) {
    run.damaged = error.what();
  }
}

RecordedRun read_recorded_run(const RunFolder& folder, const Note& note) {
  RecordedRun run = fs::exists(folder.config()) ? read_one(folder, note) : read_slices(folder, note);
  read_added_of(folder, run);
  if (!run.damaged.empty()) note(run.damaged);
  return run;
}

}  // namespace unmask
