// What a trial leaves in its folder: checkpoints, metrics.csv, test.csv, best.safetensors. Rank zero of a group alone
// reads and writes them; on other ranks nothing happens.
//
//   TrialFiles files(options, data, state, {.folder = "RUN/trials/0003", .identity = identity, .writes = rank == 0});
//   if (!files.restore()) initialise_random(state.classifier, options.seed);
//   …                               // steps; after an epoch: files.best_is(row), files.metrics_in_background()
//   files.checkpoint_in_background();
//   files.write_last_checkpoint(is_over);  // at the lease's end
//   files.write_best();
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fault.h"
#include "model/train/checkpoint.h"
#include "model/train/lease.h"
#include "model/train/train_state.h"
#include "model/train/trial_data.h"

namespace unmask {

/// THROWS Error where a file can't be read or written, unless said otherwise.
class TrialFiles {
 public:
  struct Settings {
    std::filesystem::path folder;
    std::string identity;  // of checkpoints (checkpoint.h)
    int attempt = 1;       // in temporary names
    bool writes = true;    // this is rank zero
  };
  /// `options`: resolved. All references must outlive this. `observer` is told of checkpoints and of what is restored.
  TrialFiles(const TrialOptions& options, const TrialData& data, TrainState& state, TrainObserver& observer,
             Settings settings);

  /// Makes the folder; fills the state from the newest whole checkpoint. False where there is none.
  bool restore();
  void write_metrics();
  /// The same while training goes on. Doesn't throw: see `fault`.
  void metrics_in_background();
  void write_test(const std::vector<DatasetScores>& rows);
  /// state.best are the weights of this row of the history: write_best, or the next checkpoint, writes them.
  void best_is(std::size_t row) { unwritten_best_ = row; }
  void write_best();
  /// After checkpoint_every_s, `ahead_s` of which are still to come; and at an epoch's end where writing costs less
  /// than a twentieth of the time since the last one.
  bool is_checkpoint_due(double ahead_s = 0) const;
  /// Unless the one before is still being written. Doesn't throw: see `fault`.
  void checkpoint_in_background();
  /// Why something could not be written in the background. For this rank's next step, so that all ranks leave together.
  const std::optional<Fault>& fault() const { return fault_; }
  /// Waits for all in the background. Of a trial that `is_over` only where scoring data.test comes next: else its
  /// ledger row is written at once, and a kill before that costs no more than checkpoint_every_s, as ever.
  void write_last_checkpoint(bool is_over);

 private:
  std::function<void()> best_write() const;
  template <class Work>
  void in_background(Work work);

  const TrialOptions& options_;
  const TrialData& data_;
  TrainState& state_;
  TrainObserver& observer_;
  Settings settings_;
  std::optional<std::size_t> unwritten_best_;
  std::optional<Fault> fault_;
  std::chrono::steady_clock::time_point last_checkpoint_ = std::chrono::steady_clock::now();
  std::atomic<bool> writes_checkpoint_ = false;
  std::atomic<double> checkpoint_s_ = 0;  // that writing the last one took
  BackgroundWriter writer_;               // last: waits for its thread, which uses the rest
};

}  // namespace unmask
