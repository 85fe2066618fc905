// What a trial leaves beside its results: config.toml, log.txt and timing.csv, written by the leader of the group that
// works on it.
//
//   TrialLog log(folder, order, observer);  // an observer itself, in front of another
//   context.observer = &log;
//   const LeaseResult result = run_lease(options, group, context);
//   log.close("lease 7 ended at step 120");
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "model/train/lease.h"
#include "sweep/plan/lease_order.h"
#include "sweep/run/run_folder.h"

namespace spdlog {
class logger;
}

namespace unmask {

/// "epoch 2/12: train loss 0.5312, accuracy 0.7500; base: loss 0.6000, frame_accuracy 0.7000, …, video_auc 0.7500"
std::string epoch_text(const EpochRow& row, int epochs);

/// "waited for data 0.42% of 63 steps; memory of this rank 812 MiB at most": the share of the steps' summed times that
/// was spent on it. `most_bytes`: of this process, page cache not counted.
std::string load_text(const TrainObserver::StepNews& sum, std::int64_t steps, std::int64_t most_bytes);

/// Passes everything on to `next`.
class TrialLog : public TrainObserver {
 public:
  /// Makes the trial's folder with its config, unless an earlier lease has. THROWS Error where it can't, or where
  /// log.txt can't be opened.
  TrialLog(const RunFolder& folder, const LeaseOrder& order, TrainObserver& next);
  ~TrialLog() override;

  void on_progress(const char* doing) override { next_.on_progress(doing); }
  void on_step(const StepNews& news) override;
  void on_history(const std::vector<EpochRow>& rows) override { next_.on_history(rows); }
  void on_scored(const ScoredDataset& dataset, std::span<const Scored> scores) override {
    next_.on_scored(dataset, scores);
  }
  void on_epoch(const EpochRow& row, int epochs) override;
  void on_checkpoint(const std::filesystem::path& file, std::int64_t step, double seconds) override;
  void on_note(const std::string& text) override;
  /// How the lease ended.
  void close(const std::string& text);

 private:
  void write_timing(const EpochRow& row);

  std::filesystem::path timing_;
  int attempt_, ranks_;
  TrainObserver& next_;
  std::shared_ptr<spdlog::logger> log_;
  StepNews epoch_sum_;
  int epoch_steps_ = 0;
  double images_per_s_ = 0;
  std::chrono::steady_clock::time_point epoch_started_;
};

}  // namespace unmask
