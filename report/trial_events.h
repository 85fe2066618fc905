// What TensorBoard shows of a trial, written while it is trained: the columns of metrics.csv by step, the best epoch's
// so far below best/, the pictures that TrialDisplay wrote of each epoch, and in a sweep the HParams page. By the
// leader of the group that works on it.
//
//   TrialEvents events(folder.trial(7), facts, observer);  // an observer itself, in front of another
//   context.observer = &events;
//   const LeaseResult result = run_lease(options, group, context);
//   events.end(true);
//
// Every lease begins a file of its own, with all epochs of the checkpoint that it goes on from, and takes the earlier
// one away: a fresh TensorBoard sees each epoch once, and one that watches finds the new name and lets the repeated
// steps replace those that it had. Within a lease the file grows. Nothing here fails a trial.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "model/train/lease.h"
#include "sweep/plan/sweep_options.h"

namespace unmask {

class TrialEvents : public TrainObserver {
 public:
  struct Facts {
    std::string run, trial;                                 // names
    std::vector<std::pair<SpaceKey, std::string>> hparams;  // of a sweep: what is varied, and its TOML value here
    std::vector<std::string> train, val;                    // datasets
    std::string select;                                     // train.select
  };
  TrialEvents(std::filesystem::path folder, Facts facts, TrainObserver& next)
      : folder_(std::move(folder)), facts_(std::move(facts)), next_(next) {}

  void on_progress(const char* doing) override { next_.on_progress(doing); }
  void on_step(const StepNews& news) override { next_.on_step(news); }
  void on_history(const std::vector<EpochRow>& rows) override;
  void on_scored(const ScoredDataset& dataset, std::span<const Scored> scores) override {
    next_.on_scored(dataset, scores);
  }
  void on_epoch(const EpochRow& row, int epochs) override;
  void on_checkpoint(const std::filesystem::path& file, std::int64_t step, double seconds) override {
    next_.on_checkpoint(file, step, seconds);
  }
  void on_note(const std::string& text) override { next_.on_note(text); }
  /// The lease is over. Not of one that is only interrupted: it goes on.
  void end(bool well);

 private:
  std::string epoch_record(std::size_t row) const;
  std::string picture_record(const EpochRow& epoch) const;
  void append(const std::string& records);
  void give_up(const std::string& why);

  std::filesystem::path folder_, file_;
  Facts facts_;
  TrainObserver& next_;
  std::vector<EpochRow> rows_;
  std::ofstream out_;  // closed: nothing is written
};

}  // namespace unmask
