// RUN/status.json: the ledger's picture for other programs. Replaced as a whole, several times a second at most.
#pragma once

#include <cstdint>
#include <string>

#include "launch/sweep/run_folder.h"

namespace unmask {

struct RunStatus {
  std::string run_state = "running";  // "running", "done", "failed", "paused"
  std::string reason;
  int trial = 0;
  std::string trial_state = "running";
  std::int64_t step = 0, steps = 0;
  int epoch = 0, epochs = 0;
  double images_per_s = 0;
  double eta_s = -1;  // time left; negative: not known yet
  std::string best;   // the value that the best epoch was chosen by; "" = none yet
  int best_epoch = 0;
  int ranks = 1;
  std::string host;
  std::int64_t pid = 0;
  std::string updated;  // UTC, ISO 8601
};

/// Replaces the file by rename; a reader sees the old or the new. Not synced: it is no part of the run's state.
/// Returns false where it can't be written (a full disk must not end a training because of its picture).
bool write_status(const RunFolder& folder, const RunStatus& status);
/// THROWS Error(kData) if missing or not a status.
RunStatus read_status(const RunFolder& folder);
/// The file's text, for `unmask status --json`.
std::string status_json(const RunStatus& status);

/// "2026-11-22T18:00:00Z"
std::string utc_now();

}  // namespace unmask
