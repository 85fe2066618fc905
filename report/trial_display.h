// Pictures of every epoch of a trial, written as it is scored: display/epoch-003.png, crops with truth and score, and
// display/roc-003.png. By the leader of the group that works on it.
//
//   TrialDisplay display(folder.trial(7), "demo, trial 0007", observer);  // an observer itself, in front of another
//   context.observer = &display;
//   const LeaseResult result = run_lease(options, group, context);
//
// They are there before any checkpoint that knows of the epoch's scores, so that no kill costs one: a lease that goes
// on from before scores again and writes the same bytes. Nothing here fails a trial.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "model/train/lease.h"
#include "report/display_picture.h"
#include "report/roc_picture.h"

namespace unmask {

/// TRIAL/display/epoch-003.png and roc-003.png.
std::filesystem::path display_file(const std::filesystem::path& trial, int epoch);
std::filesystem::path roc_file(const std::filesystem::path& trial, int epoch);

class TrialDisplay : public TrainObserver {
 public:
  /// `title`: of every picture, before the epoch.
  TrialDisplay(std::filesystem::path trial, std::string title, std::size_t datasets, TrainObserver& next)
      : trial_(std::move(trial)), title_(std::move(title)), datasets_(datasets), next_(next) {}

  void on_progress(const char* doing) override { next_.on_progress(doing); }
  void on_step(const StepNews& news) override { next_.on_step(news); }
  void on_history(const std::vector<EpochRow>& rows) override { next_.on_history(rows); }
  void on_scored(const ScoredDataset& dataset, std::span<const Scored> scores) override;
  void on_epoch(const EpochRow& row, int epochs) override;
  void on_checkpoint(const std::filesystem::path& file, std::int64_t step, double seconds) override {
    next_.on_checkpoint(file, step, seconds);
  }
  void on_note(const std::string& text) override { next_.on_note(text); }

 private:
  void give_up(const std::exception& error);

  std::filesystem::path trial_;
  std::string title_;
  std::size_t datasets_;  // of data.val
  TrainObserver& next_;
  std::vector<DisplayBlock> blocks_;  // of the epoch that is being scored
  std::vector<RocLine> lines_;
  bool gave_up_ = false;  // for the rest of the lease
};

}  // namespace unmask
