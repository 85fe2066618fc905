// The file of a run's trials: RUN/sweep.db, a row each (SQLite, rollback journal, one writer: rank zero).
// SQLite doesn't see a flipped byte, so every row carries a checksum. Rows can be rebuilt from trials/*/trial.json, and
// from trials/planned.jsonl those of trials that never started.
// The rules that change a record are in trial_table.h.
//
//   Ledger ledger(folder);                                     // makes or opens it, checks every row
//   TrialRecord record = ledger.trials().front();
//   record.state = TrialState::kRunning;
//   ledger.put(record);                                        // on disk when it returns
//   const Ledger::Batch batch(ledger);                         // from here on puts wait for
//   ledger.commit();                                           // which writes them all in one transaction
//   for (const TrialRecord& record : read_ledger(folder)) …    // also while another process works on the run
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sweep/plan/trial_record.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// THREAD: one. Somebody who reads sweep.db keeps a transaction waiting, for ten minutes at most.
/// REQUIRES: the run's lock (run_lock.h), which alone keeps other writers out where the file system has no locks.
class Ledger {
 public:
  /// While it lives, what is put and added waits for commit(). What was not committed is dropped with it.
  class Batch {
   public:
    explicit Batch(Ledger& ledger) : ledger_(ledger) { ledger_.waits_ = true; }
    ~Batch();
    Batch(const Batch&) = delete;

   private:
    Ledger& ledger_;
  };

  /// Opens or makes sweep.db. Rows that are missing while their trials/*/trial.json is there are rebuilt from it, and
  /// then the others of the plan too.
  /// Checks all rows. THROWS Error(kData) naming file, trial and what to do.
  explicit Ledger(const RunFolder& folder);
  ~Ledger();

  std::vector<TrialRecord> trials() const;
  /// Writes the row, then the trial's trial.json.
  void put(const TrialRecord& record);
  /// Trials that never started; they have no folder yet.
  void add(const std::vector<TrialRecord>& records);
  /// Writes all that waits, in one transaction that is on disk when it returns. Nothing waits outside a Batch.
  void commit();
  /// What may be done only once all that was put so far is on disk: at once, or by commit().
  void then(std::function<void()> work);
  /// Keeps which trials there are, and their points, in trials/planned.jsonl. Call it before add().
  void record_plan(const std::vector<PlannedTrial>& trials);
  bool rebuilt() const { return rebuilt_; }

 private:
  struct Database;
  void write_rows();
  void rebuild();
  void rebuild_planned();

  RunFolder folder_;
  std::unique_ptr<Database> database_;
  bool rebuilt_ = false;
  bool waits_ = false;               // there is a Batch
  std::map<int, TrialRecord> rows_;  // these wait, by id
  std::set<int> with_copy_;          // of them, those whose trial.json is to follow
  std::vector<std::function<void()>> then_;
};

/// The rows of a run, in order of id, from a copy of the file as of one moment: the run may go on meanwhile, and is not
/// kept waiting. Changes nothing and rebuilds nothing.
/// THROWS Error(kData) naming file, trial and what to do.
std::vector<TrialRecord> read_ledger(const RunFolder& folder);

}  // namespace unmask
