// Tells people how training goes: one progress line on a terminal, plain lines elsewhere, the trial's log.txt and
// timing.csv, and status.json. Rank zero only.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "launch/sweep/run_folder.h"
#include "launch/sweep/status_file.h"
#include "model/train/trainer.h"

namespace spdlog {
class logger;
}

namespace unmask {

/// "1:02:03", "4:05"; "?" for a negative number
std::string duration_text(double seconds);

/// One line that overwrites itself on a terminal; elsewhere a plain line every `plain_every_s`. On stderr.
class ProgressLine {
 public:
  explicit ProgressLine(double plain_every_s = 15);
  ~ProgressLine();
  /// Shows `text` if it is time.
  void show(const std::string& text);
  /// A line that stays.
  void line(const std::string& text);

 private:
  void clear();
  bool terminal_;
  double plain_every_s_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

class TrainProgress : public TrainObserver {
 public:
  /// Appends to the trial's log.txt and timing.csv.
  TrainProgress(const RunFolder& folder, int trial, int attempt, int ranks, const TrialOptions& options);
  ~TrainProgress() override;

  void on_step(const StepNews& news) override;
  void on_epoch(const EpochRow& row) override;
  void on_checkpoint(const std::filesystem::path& file, std::int64_t step, double seconds) override;
  void on_note(const std::string& text) override;

  /// The last words: run_state is "done", "failed" or "paused".
  void finish(const std::string& run_state, const std::string& trial_state, const std::string& reason);
  std::int64_t first_step() const { return first_step_; }
  std::int64_t last_step() const { return status_.step; }

 private:
  void write_timing(const EpochRow& row);
  void update_status(bool now);

  RunFolder folder_;
  TrialOptions options_;
  int attempt_;
  std::shared_ptr<spdlog::logger> log_;
  ProgressLine line_;
  RunStatus status_;
  StepNews epoch_sum_;
  int epoch_steps_ = 0;
  std::int64_t first_step_ = -1;
  std::vector<EpochRow> rows_;
  std::chrono::steady_clock::time_point started_, epoch_started_, status_written_;
};

}  // namespace unmask
