// The trials of a sweep in memory: which there are, what became of each, and what follows from that by the stopping
// rule, the sampler and the objective. The ledger is their file and knows no rule: every change is in it before
// anything acts on the change. Knows nothing of which ranks there are.
//
//   TrialTable trials(options, folder, ledger);                     // plans them, or goes on with those of the ledger
//   LeaseOrder order = trials.start_training(7, {2, 3}, numerics);  // ranks 2 and 3 get trial 7
//   trials.keep_result(7, result, false);                           // what their lease brought
//   trials.settle();                                                // rungs, new points of tpe, whose weights are kept
//   if (trials.all_over()) trials.write_results();
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory_limits.h"
#include "model/train/lease.h"
#include "sweep/plan/lease_order.h"
#include "sweep/plan/objective.h"
#include "sweep/plan/stopping.h"
#include "sweep/plan/sweep_options.h"
#include "sweep/plan/sweep_plan.h"
#include "sweep/run/ledger.h"
#include "sweep/run/results.h"
#include "sweep/run/run_folder.h"

namespace unmask {

struct TrialTableOptions {
  SweepOptions sweep;
  std::uint64_t seed = 0;
  std::string select;            // train.select: the metric that "mean" and "worst" are of
  std::vector<std::string> val;  // datasets in results.csv
  std::optional<Slice> slice;    // only these trials of the sweep
  int max_attempts = 3;
  /// The config of a trial. THROWS Error: the trial fails with it.
  std::function<TrialBrief(const PlannedTrial&)> brief;
  std::function<void(const std::string&)> note;  // a line that stays
  /// How often the kernel has ended a process here for lack of memory.
  std::function<std::int64_t()> memory_kills = [limits = MemoryLimits()] { return limits.kills(); };
};

/// Rank zero, one thread at a time. All THROW Error where the ledger can't be written.
class TrialTable {
 public:
  /// Plans the trials, or goes on with those of the ledger.
  /// THROWS Error: kUsage (the sweep can't be grown like this), kData (ledger, status).
  TrialTable(TrialTableOptions options, const RunFolder& folder, Ledger& ledger);

  /// Of which one may make a batch: several changes that are one transaction.
  Ledger& ledger() { return ledger_; }
  const SweepOptions& sweep() const { return options_.sweep; }
  const std::vector<SweepTrial>& trials() const { return trials_; }  // in order of id
  const SweepTrial& trial(int id) const { return trials_.at(place_.at(id)); }
  bool all_over() const;
  bool was_over() const { return was_over_; }  // when the table was made: there was nothing to do
  int failed() const;
  ErrorKind last_fault() const { return last_fault_; }  // of the last trial that failed since the table was made

  /// Waits for ranks and for nothing else: its point is drawn, its last rung decided.
  bool needs_ranks(const SweepTrial& trial) const;
  /// Trials that a rung waits for.
  std::vector<int> holding_up() const;
  /// A chosen trial that has no scores on data.test, and may get them in this start.
  std::optional<int> unscored_choice() const;

  /// What a group is to be told: train on, up to the next rung. Still to be filled in: the lease's number, ranks_died.
  /// `numerics`: class of the group's ranks.
  LeaseOrder start_training(int id, const std::vector<int>& members, const std::string& numerics);
  /// The same, to score a chosen trial on data.test.
  LeaseOrder start_scoring(int id, const std::vector<int>& members) const;
  /// `stopping`: the whole sweep stops, so that a trial that isn't done is paused.
  void keep_result(int id, const LeaseResult& result, bool stopping);
  /// THROWS Error where the disk is full: every trial would meet it, so it ends the sweep and counts against no trial.
  void keep_failure(int id, const Fault& fault);
  void keep_test(int id, const std::vector<DatasetScores>& scores);
  /// Scoring a chosen trial on data.test failed: it stays the choice, and the next start tries again. THROWS as
  /// keep_failure does.
  void keep_test_failure(int id, const Fault& fault);
  /// By trial: of this start.
  const std::map<int, Fault>& test_failures() const { return test_failures_; }

  /// Everything that the results so far decide: rungs, new points of tpe, whose weights are kept.
  void settle();

  void write_results() const;
  /// results.csv of the trials that are over, if more are than it shows. For people who look on: not synced, and no
  /// fault where it can't be written.
  void grow_results();
  std::string choice_text() const;

 private:
  SweepTrial& at(int id) { return trials_.at(place_.at(id)); }
  void plan_trials();
  void make_brief(SweepTrial& trial);
  void remove_checkpoints(int id);
  bool apply_rungs();
  bool draw_cohort();
  void prune_weights();

  std::vector<RungTrial> rung_trials() const;
  std::vector<std::pair<int, int>> decided_rungs() const;
  std::vector<int> rungs_of(const SweepTrial& trial) const;
  /// The epoch of the rung that the trial has yet to pass.
  std::optional<int> next_rung(const SweepTrial& trial) const;
  std::string results_of(const std::vector<SweepTrial>& trials) const;
  [[noreturn]] void refuse_full_disk(int id, const Fault& fault) const;
  void note(const std::string& text) const {
    if (options_.note) options_.note(text);
  }

  TrialTableOptions options_;
  RunFolder folder_;
  Ledger& ledger_;
  Objective objective_;
  std::vector<SweepTrial> trials_;
  std::map<int, std::size_t> place_;  // id → place in trials_
  std::map<int, Fault> test_failures_;
  std::set<int> pruned_;  // trials whose weights are gone
  std::size_t results_shown_ = 0;
  bool was_over_ = false;
  ErrorKind last_fault_ = ErrorKind::kFailed;
};

}  // namespace unmask
