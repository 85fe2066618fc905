// Checkpoints of a trial: whole states in safetensors files, named by step. Layout: docs/formats.md.
// Only rank zero of a group reads and writes them.
//
//   write_checkpoint(trial_dir, take_snapshot(state, identity), attempt);
//   std::vector<std::string> notes;
//   if (const auto newest = newest_whole_checkpoint(trial_dir, notes)) load_checkpoint(*newest, identity, state);
#pragma once

#include <filesystem>
#include <functional>
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
  std::map<std::string, std::string> metadata;  // format, identity, state
};

/// `identity` names the experiment, one "key = value" per line: a checkpoint of another one is refused when loaded.
Snapshot take_snapshot(TrainState& state, const std::string& identity);

/// Writes durably, then removes all but the newest kCheckpointsKept.
void write_checkpoint(const std::filesystem::path& trial_dir, const Snapshot& snapshot, int attempt);

/// The newest checkpoint whose bytes are all as they were written; damaged ones newer than it are named in `notes`.
std::optional<std::filesystem::path> newest_whole_checkpoint(const std::filesystem::path& trial_dir,
                                                             std::vector<std::string>& notes);

/// Fills `state` from a checkpoint. THROWS Error: kUsage if it belongs to another experiment, with the lines that
/// differ; kData if it is damaged or another version's.
void load_checkpoint(const std::filesystem::path& path, const std::string& identity, TrainState& state);

/// Writes files in the background, one piece of work after the other. After one that throws (disk full, …) nothing
/// more is written until somebody has heard of it.
class BackgroundWriter {
 public:
  /// Is there something left to do?
  bool busy() const;
  /// In its turn; doesn't wait. THROWS what an earlier one threw, if all are over.
  void submit(std::function<void()> write);
  /// Waits for all. THROWS likewise.
  void drain();

 private:
  std::future<void> writing_;
};

}  // namespace unmask
