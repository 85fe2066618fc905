// What a lease on a trial tells while it runs and when it ends. Plain values: whoever grants leases needs no torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/score/metrics.h"
#include "model/train/history.h"

namespace unmask {

struct ScoredDataset;

/// What a trainer tells while it works. Called on every rank; only rank zero's is usually heard. What one throws fails
/// the trial.
class TrainObserver {
 public:
  struct StepNews {
    std::int64_t step = 0, steps = 0;  // done, of all
    int epoch = 0, epochs = 0;
    double loss = 0, images_per_s = 0;
    double load_s = 0, forward_s = 0, backward_s = 0, exposed_s = 0, optimizer_s = 0;  // of this step on this rank
  };
  virtual ~TrainObserver() = default;
  /// The rank goes on: after every microbatch, and before what may take long.
  /// `doing`: opening, training, "scoring base/val 40%", saving.
  virtual void on_progress(const char* /*doing*/) {}
  virtual void on_step(const StepNews&) {}
  /// The epochs that the trial goes on from, none if it begins: once, before all others.
  virtual void on_history(const std::vector<EpochRow>&) {}
  /// What the samples of a dataset of data.val got after an epoch, in their order: each dataset in turn, then on_epoch,
  /// unless scoring is stopped in between. Before any checkpoint that knows of these scores.
  virtual void on_scored(const ScoredDataset&, std::span<const Scored>) {}
  /// An epoch is scored, of `epochs` that the trial has.
  virtual void on_epoch(const EpochRow&, int /*epochs*/) {}
  virtual void on_checkpoint(const std::filesystem::path&, std::int64_t /*step*/, double /*seconds*/) {}
  /// A line for the log: what was resumed from, which checkpoint was damaged and passed over, …
  virtual void on_note(const std::string&) {}
};

enum class LeaseEnd { kTrialDone, kLeaseOver, kInterrupted };

struct LeaseResult {
  LeaseEnd end = LeaseEnd::kTrialDone;
  std::int64_t step = 0;
  std::vector<EpochRow> history;
  std::optional<std::size_t> best;    // row in history
  std::vector<std::string> numerics;  // numerics_class() of the ranks that trained it so far, each once
  std::vector<DatasetScores> test;    // of the best weights on data.test, once the trial is done; also in test.csv
};

}  // namespace unmask
