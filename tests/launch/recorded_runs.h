// Runs made by hand, as a finished sweep leaves them: no training, no stores.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/number_text.h"
#include "sweep/run/ledger.h"
#include "sweep/run/slices.h"
#include "sweep/run/status_file.h"

namespace unmask {

inline constexpr int kHandTrials = 7;

inline SweepOptions hand_options() {
  SweepOptions options;
  options.trials = kHandTrials;
  options.space = {{"optimizer.max_lr", SpaceKey::Kind::kLogUniform, {}, 1e-4, 1e-2, "", {}},
                   {"model.head", SpaceKey::Kind::kChoice, {"\"linear\"", "\"hidden\""}, 0, 0, "", {}}};
  return options;
}

inline std::string hand_config(const std::string& seed = "3", const std::string& name = "by hand") {
  return "seed = " + seed + "\nname = \"" + name + R"("
[data]
stores = "none"
train = ["base"]
[model]
init = "random"
[sweep]
trials = 7
[sweep.space]
"optimizer.max_lr" = { log_uniform = [1e-4, 1e-2] }
"model.head" = { choice = ["linear", "hidden"] }
)";
}

/// Trial 3 is the best (3 * 5 % 8 = 7 eighths), trial 4 has failed.
inline TrialRecord hand_record(const PlannedTrial& planned) {
  TrialRecord record;
  static_cast<PlannedTrial&>(record) = planned;
  record.state = planned.id == 4 ? TrialState::kFailed : TrialState::kDone;
  record.config_digest = "digest";
  if (planned.id == 4) {
    record.reason = "step 3: fc.weight: \"not finite\", stopped";
    return record;
  }
  const double score = 0.125 * (planned.id * 5 % 8);
  record.history = {{1, 10, 1e-3, 0.7, 0.5, {{"base", 0.6, 0.5, 0.5, 0.5, score}}}};
  record.best_epoch = 1;
  record.objective = number_text(score);
  return record;
}

inline void make_hand_run(const RunFolder& folder, const std::vector<PlannedTrial>& trials,
                          const std::string& config = hand_config()) {
  std::filesystem::create_directories(folder.root());
  write_file_durably(folder.config(), config);
  Ledger ledger(folder);
  RunStatus status;
  status.run_state = "done";
  for (const PlannedTrial& trial : trials) {
    ledger.put(hand_record(trial));
    ++status.trials[to_word(hand_record(trial).state)];
  }
  write_status(folder, status);
}

/// All seven trials in one folder.
inline void make_whole_run(const std::filesystem::path& folder, const std::string& config = hand_config()) {
  make_hand_run(RunFolder(folder), plan_sweep(hand_options(), 3, {}).trials, config);
}

/// Every count-th of them, in a folder below `run`.
inline void make_slice(const std::filesystem::path& run, const Slice& slice,
                       const std::string& config = hand_config()) {
  make_hand_run(slice_folder(RunFolder(run), slice), plan_slice(hand_options(), 3, {}, slice).trials, config);
}

}  // namespace unmask
