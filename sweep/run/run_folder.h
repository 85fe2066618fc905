// The names of all files in a run's folder, in one place (described in docs/formats.md).
//
//   const RunFolder folder("runs/demo");
//   folder.results();                  // runs/demo/results.csv
//   folder.best_model(7);              // runs/demo/trials/0007/best.safetensors
//   folder.newest_checkpoint_step(7);  // 0: no checkpoint
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace unmask {

/// "0007": a trial's number as folders and tables have it.
std::string trial_number(int id);
/// "trial 0007", for messages.
std::string trial_name(int id);

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path root) : root_(std::move(root)) {}
  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path config() const { return root_ / "config.toml"; }
  std::filesystem::path ledger() const { return root_ / "sweep.db"; }
  std::filesystem::path status() const { return root_ / "status.json"; }
  std::filesystem::path plan() const { return root_ / "plan.json"; }
  std::filesystem::path results() const { return root_ / "results.csv"; }
  std::filesystem::path results_jsonl() const { return root_ / "results.jsonl"; }
  std::filesystem::path timing() const { return root_ / "timing.csv"; }
  std::filesystem::path report() const { return root_ / "report.html"; }
  std::filesystem::path added_scores() const { return root_ / "added_scores.json"; }
  std::filesystem::path lock() const { return root_ / ".lock"; }
  std::filesystem::path lock_holder() const { return root_ / ".lease"; }
  std::filesystem::path chosen() const { return root_ / "chosen"; }
  std::filesystem::path chosen_model() const { return chosen() / "model.safetensors"; }

  std::filesystem::path trials() const { return root_ / "trials"; }
  std::filesystem::path planned() const { return trials() / "planned.jsonl"; }
  /// RUN/trials/0007
  std::filesystem::path trial(int id) const;
  std::filesystem::path trial_config(int id) const { return trial(id) / "config.toml"; }
  std::filesystem::path trial_log(int id) const { return trial(id) / "log.txt"; }
  std::filesystem::path rank_log(int id, int rank) const {
    return trial(id) / ("rank-" + std::to_string(rank) + ".log");
  }
  std::filesystem::path trial_timing(int id) const { return trial(id) / "timing.csv"; }
  std::filesystem::path trial_record(int id) const { return trial(id) / "trial.json"; }
  std::filesystem::path best_model(int id) const { return trial(id) / "best.safetensors"; }

  /// The step of the newest checkpoint file of a trial, damaged or not; 0 if there is none.
  std::int64_t newest_checkpoint_step(int id) const;
  /// Once the ledger says that a trial is over, not before. Leftovers cost space only.
  void remove_checkpoints(int id) const;

 private:
  std::filesystem::path root_;
};

}  // namespace unmask
