// Trains one trial for the length of a lease on the ranks of a group. No torch in this header.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dist/communicator.h"
#include "model/train/history.h"
#include "model/train/train_options.h"

namespace unmask {

/// What a trainer tells while it works. Called on every rank; only rank zero's is usually heard. Must not throw.
class TrainObserver {
 public:
  struct StepNews {
    std::int64_t step = 0, steps = 0;  // done, of all
    int epoch = 0, epochs = 0;
    double loss = 0, images_per_s = 0;
    double load_s = 0, forward_s = 0, backward_s = 0, exposed_s = 0, optimizer_s = 0;  // of this step on this rank
  };
  virtual ~TrainObserver() = default;
  virtual void on_step(const StepNews&) {}
  virtual void on_epoch(const EpochRow&) {}
  virtual void on_checkpoint(const std::filesystem::path&, std::int64_t /*step*/, double /*seconds*/) {}
  /// A line for the log: what was resumed from, which checkpoint was damaged and passed over, …
  virtual void on_note(const std::string&) {}
};

/// Everything that run_lease needs beside the options.
struct LeaseContext {
  std::filesystem::path trial_dir;  // RUN/trials/0000: checkpoints/, best.safetensors, metrics.csv are written here
  std::string config_text;          // the resolved config: part of every checkpoint; a checkpoint of another is refused
  int attempt = 1;                  // in temporary names
  std::optional<std::int64_t> until_step;   // the lease's end; nothing: the trial's end
  const std::atomic<bool>* stop = nullptr;  // a signal handler's flag; read at step boundaries
  int local_world = 1;                      // ranks on this host: tells whether a core is spare
  int local_rank = 0;                       // which GPU
  TrainObserver* observer = nullptr;
};

enum class LeaseEnd { kTrialDone, kLeaseOver, kStopped };

struct LeaseResult {
  LeaseEnd end = LeaseEnd::kTrialDone;
  std::int64_t step = 0;
  std::vector<EpochRow> history;
  std::optional<std::size_t> best;  // row in history
  std::vector<DatasetScores> test;  // of the best weights on data.test, once the trial is done; also in test.csv
};

/// COLLECTIVE over `group`. Resumes from the newest whole checkpoint of trial_dir, else starts anew.
/// When it ends other than kTrialDone a checkpoint of the step reached is on disk. All ranks return, or throw, the same.
/// THROWS Error: kFailed "trial failed at step 12: rank 1: layer4.1.conv2.weight: gradient is not finite", kData (stores).
LeaseResult run_lease(const TrialOptions& options, Communicator& group, const LeaseContext& context);

/// Removes trial_dir/checkpoints. The caller does so once its ledger says that the trial is done, not before: run_lease leaves
/// the last checkpoint, and a run_lease on it returns kTrialDone at once.
void remove_checkpoints(const std::filesystem::path& trial_dir);

/// "bf16", "fp16" or "fp32" from TrainOptions::precision on this machine. Resolved once, when the run is made.
std::string resolve_precision(const std::string& precision, const std::string& device);
/// "cpu" or "cuda". THROWS Error(kUsage) where a GPU is allocated but cannot be used.
std::string resolve_device(const std::string& device);
/// Library versions, CPU model and effective instruction set, threads, precision: trials of one class are comparable bit by bit.
std::string numerics_class(const TrialOptions& options);

}  // namespace unmask
