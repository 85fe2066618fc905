// A sweep whose trials read nothing: a trial for each learning rate, on a dataset "base".
#pragma once

#include <string>

#include "sweep/run/trial_table.h"

namespace unmask::test_support {

constexpr int kStepsPerEpoch = 4;

inline TrialTableOptions small_sweep(int trials, int epochs = 1) {
  TrialTableOptions options;
  SpaceKey rate;
  rate.key = "optimizer.max_lr";
  for (int i = 1; i <= trials; ++i) rate.choices.push_back(std::to_string(i) + "e-4");
  options.sweep.space = {rate};
  options.select = "video_auc";
  options.val = {"base"};
  options.brief = [epochs](const PlannedTrial& trial) {
    TrialBrief brief;
    brief.config = "# trial " + std::to_string(trial.id) + "\n";
    brief.config_digest = std::to_string(trial.id);
    brief.train = brief.val = {"base"};
    brief.select = "video_auc";
    brief.epochs = epochs;
    brief.steps_per_epoch = kStepsPerEpoch;
    return brief;
  };
  return options;
}

/// What a lease that ended after `epochs` brings, all of them with the same scores.
inline LeaseResult lease_result(LeaseEnd end, int epochs, double auc) {
  LeaseResult result;
  result.end = end;
  result.step = static_cast<std::int64_t>(epochs) * kStepsPerEpoch;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    EpochRow row;
    row.epoch = epoch;
    row.step = static_cast<std::int64_t>(epoch) * kStepsPerEpoch;
    row.val = {{"base", 0.6, 0.5, 0.5, 0.5, auc}};
    result.history.push_back(row);
  }
  if (epochs > 0) result.best = 0;
  return result;
}

}  // namespace unmask::test_support
