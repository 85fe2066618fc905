// Checkpoints of a trial: whole states in safetensors files, named by step. Layout: docs/formats.md.
// Only rank zero of a group reads and writes them.
#pragma once

#include <filesystem>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/train/train_state.h"

namespace unmask {

inline constexpr int kCheckpointsKept = 2;

/// trial_dir/checkpoints/step-00000420.safetensors
std::filesystem::path checkpoint_path(const std::filesystem::path& trial_dir, std::int64_t step);

/// A copy of a state that later steps don't touch.
struct Snapshot {
  std::int64_t step = 0;
  std::vector<NamedTensor> tensors;             // row-major
  std::map<std::string, std::string> metadata;  // format, identity, config, state
};

/// `identity` names the experiment: a checkpoint of another one is refused when loaded.
Snapshot take_snapshot(TrainState& state, const std::string& identity, const std::string& config_text);

/// Writes durably, then removes all but the newest kCheckpointsKept.
void write_checkpoint(const std::filesystem::path& trial_dir, const Snapshot& snapshot, int attempt);

/// Fills `state` from the newest whole checkpoint. Damaged ones are named in `notes` and the one before is used; with none
/// whole, returns false and leaves `state` as it was made. THROWS Error(kUsage) if a whole one belongs to another experiment.
bool load_newest_checkpoint(const std::filesystem::path& trial_dir, const std::string& identity, TrainState& state,
                            std::vector<std::string>& notes);

/// Writes snapshots on a background thread, one at a time.
class CheckpointWriter {
 public:
  CheckpointWriter(std::filesystem::path trial_dir, int attempt) : trial_dir_(std::move(trial_dir)), attempt_(attempt) {}
  bool busy() const;
  /// Starts writing. Waits for the one before; THROWS what that one threw (disk full, …).
  void submit(Snapshot snapshot);
  /// Waits for the last one. THROWS likewise.
  void drain();

 private:
  std::filesystem::path trial_dir_;
  int attempt_;
  std::future<void> writing_;
};

}  // namespace unmask
