// What a lease brought: kept in the table of trials, which writes the ledger first, and told in RUN/timing.csv.
//
//   LeaseRecorder recorder(trials, folder, lock);
//   recorder.record(lease, ended, {.host = "node3", .wall_s = 61.5, .sweep_stops = false});  // its leader has told
//   recorder.record_death(lease, {.host = "node3", .wall_s = 61.5});                         // nobody could tell
#pragma once

#include <cstdint>
#include <string>

#include "sweep/lease_table.h"
#include "sweep/messages.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/run_lock.h"
#include "sweep/run/trial_table.h"

namespace unmask {

/// What the lease itself doesn't know of its end.
struct LeaseSurroundings {
  std::string host;  // of its leader
  double wall_s = 0;
  bool sweep_stops = false;  // a trial that isn't done is paused
};

/// Rank zero. Both functions THROW Error where another process has taken over the folder, or the ledger can't be
/// written.
class LeaseRecorder {
 public:
  LeaseRecorder(TrialTable& trials, const RunFolder& folder, RunLock& lock)
      : trials_(trials), folder_(folder), lock_(lock) {}

  /// Its leader has told how it ended. THROWS the lease's own fault where it met a full disk.
  void record(const ActiveLease& lease, const LeaseEnded& ended, const LeaseSurroundings& where);
  /// Its last member has left and nobody has told how it ended: its trial goes on from the newest checkpoint.
  void record_death(const ActiveLease& lease, const LeaseSurroundings& where);

 private:
  void write_timing(const ActiveLease& lease, const LeaseSurroundings& where, std::int64_t to_step,
                    const std::string& end) const;

  TrialTable& trials_;
  RunFolder folder_;
  RunLock& lock_;
};

}  // namespace unmask
