// What each trial of a config takes: its resolved config, steps and microbatches. Shared by check, plan and sweep.
//
//   StepCounter counter;
//   for (const PlannedTrial& planned : plan_sweep(sweep_options(config), config.trial.seed, {}).trials)
//     std::cout << brief_of(config, planned, counter).steps() << " steps\n";
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "launch/config/run_config.h"
#include "model/train/open_data.h"
#include "sweep/plan/sweep_plan.h"
#include "sweep/plan/trial_brief.h"

namespace unmask {

/// Opening stores to count their crops is slow over a network: each is opened once.
class StepCounter {
 public:
  struct Counts {
    std::int64_t steps_per_epoch = 0;
    std::int64_t images = 0;         // of a full step
    std::int64_t scored_images = 0;  // after every epoch
  };
  /// `open`: shared with whoever needs the same stores.
  explicit StepCounter(std::shared_ptr<OpenData> open = std::make_shared<OpenData>()) : open_(std::move(open)) {}
  /// THROWS Error like TrialData.
  Counts counts(const TrialOptions& options);

 private:
  /// Stores, train with the old datasets, val, test, sample_ratio and what it is of, replay, the seed only where it
  /// decides how many there are, global_batch_size, score_train_crops.
  using Key = std::tuple<std::string, std::vector<std::string>, std::vector<std::string>, std::vector<std::string>,
                         double, SampleRatioBy, double, std::uint64_t, int, int>;
  std::shared_ptr<OpenData> open_;
  std::map<Key, Counts> known_;
};

/// trial_brief() with what the stores tell. THROWS Error: the trial fails with it.
TrialBrief brief_of(const RunConfig& sweep, const PlannedTrial& planned, StepCounter& counter);

/// The largest network that a trial of the config may have: its own, with the hidden head where the space has it.
ModelOptions largest_model(const RunConfig& config);

}  // namespace unmask
