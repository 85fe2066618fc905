// The file of a run's trials: RUN/sweep.db, a row each (SQLite, rollback journal, one writer: rank zero).
// SQLite doesn't see a flipped byte, so every row carries a checksum. Rows can be rebuilt from trials/*/trial.json.
// The rules that change a record are in trial_table.h.
//
//   Ledger ledger(folder);                                     // makes or opens it, checks every row
//   TrialRecord record = ledger.trials().front();
//   record.state = TrialState::kRunning;
//   ledger.put(record);                                        // on disk when it returns
//   for (const TrialRecord& record : read_ledger(folder)) …    // of a run that nobody works on
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sweep/plan/trial_record.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// THREAD: one. Every put is one synced transaction.
class Ledger {
 public:
  /// Opens or makes sweep.db. Rows that are missing while their trials/*/trial.json is there are rebuilt from it.
  /// Checks all rows. THROWS Error(kData) naming file, trial and what to do.
  explicit Ledger(const RunFolder& folder);
  ~Ledger();

  std::vector<TrialRecord> trials() const;
  /// Writes the row, then the trial's trial.json.
  void put(const TrialRecord& record);
  /// Trials that never started, in one transaction; they have no folder yet.
  void add(const std::vector<TrialRecord>& records);
  bool rebuilt() const { return rebuilt_; }

 private:
  struct Database;
  void write_row(const TrialRecord& record);
  void rebuild();

  RunFolder folder_;
  std::unique_ptr<Database> database_;
  bool rebuilt_ = false;
};

/// The rows of a run that nobody works on, in order of id; changes nothing and rebuilds nothing.
/// THROWS Error(kData) naming file, trial and what to do.
std::vector<TrialRecord> read_ledger(const RunFolder& folder);

}  // namespace unmask
