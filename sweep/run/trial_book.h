// The trials of a sweep: which there are, what became of each, and what follows from that by the stopping rule, the
// sampler and the objective. Every change is in the ledger before anything acts on it. Knows nothing of ranks.
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
#include "model/train/lease.h"
#include "sweep/plan/objective.h"
#include "sweep/plan/stopping.h"
#include "sweep/plan/sweep_options.h"
#include "sweep/plan/sweep_plan.h"
#include "sweep/run/ledger.h"
#include "sweep/run/results.h"
#include "sweep/run/run_folder.h"

namespace unmask {

struct TrialBookOptions {
  SweepOptions sweep;
  std::uint64_t seed = 0;
  std::string select;            // train.select: the metric that "mean" and "worst" are of
  std::vector<std::string> val;  // datasets in results.csv
  std::optional<Slice> slice;    // only these trials of the sweep
  int max_attempts = 3;
  /// The config of a trial. THROWS Error: the trial fails with it.
  std::function<TrialBrief(const PlannedTrial&)> brief;
  std::function<void(const std::string&)> note;  // a line that stays
};

/// Where a lease on a trial begins.
struct LeaseStart {
  std::int64_t checkpoint = 0;             // step
  std::optional<std::int64_t> until_step;  // of the trial's next rung
  int attempt = 1;
  bool first = false;  // no lease was before it
};

/// Rank zero, one thread at a time. All THROW Error where the ledger can't be written.
class TrialBook {
 public:
  /// Plans the trials, or goes on with those of the ledger.
  /// THROWS Error: kUsage (the sweep can't be grown like this), kData (ledger, status).
  TrialBook(TrialBookOptions options, const RunFolder& folder, Ledger& ledger);

  const SweepOptions& sweep() const { return options_.sweep; }
  const std::vector<SweepTrial>& trials() const { return trials_; }  // in order of id
  const SweepTrial& trial(int id) const { return trials_.at(place_.at(id)); }
  bool all_over() const;
  bool was_over() const { return was_over_; }  // when the book was opened: there was nothing to do
  int failed() const;
  ErrorKind last_fault() const { return last_fault_; }  // of the last trial that failed since the book was opened

  /// Waits for ranks and for nothing else: its point is drawn, its last rung decided.
  bool needs_ranks(const SweepTrial& trial) const;
  /// Trials that a rung waits for.
  std::vector<int> holding_up() const;
  /// A chosen trial that has no scores on data.test.
  std::optional<int> unscored_choice() const;

  /// `numerics`: class of the group's ranks.
  LeaseStart start_lease(int id, const std::string& numerics);
  /// `stopping`: the whole sweep stops, so that a trial that isn't done is paused.
  void keep_result(int id, const LeaseResult& result, bool stopping);
  /// THROWS Error where the disk is full: every trial would meet it, so it ends the sweep and counts against no trial.
  void keep_failure(int id, const Fault& fault);
  void keep_test(int id, const std::vector<DatasetScores>& scores);

  /// Everything that the results so far decide: rungs, new points of tpe, whose weights are kept.
  void settle();

  void write_results() const;
  std::string choice_text() const;

 private:
  SweepTrial& at(int id) { return trials_.at(place_.at(id)); }
  void plan_trials();
  void make_brief(SweepTrial& trial);
  bool apply_rungs();
  bool draw_cohort();
  void prune_weights();

  std::vector<RungTrial> rung_trials() const;
  std::vector<std::pair<int, int>> decided_rungs() const;
  std::vector<int> rungs_of(const SweepTrial& trial) const;
  /// The epoch of the rung that the trial has yet to pass.
  std::optional<int> next_rung(const SweepTrial& trial) const;
  void note(const std::string& text) const {
    if (options_.note) options_.note(text);
  }

  TrialBookOptions options_;
  RunFolder folder_;
  Ledger& ledger_;
  Objective objective_;
  std::vector<SweepTrial> trials_;
  std::map<int, std::size_t> place_;  // id → place in trials_
  std::set<int> pruned_;              // trials whose weights are gone
  bool was_over_ = false;
  ErrorKind last_fault_ = ErrorKind::kFailed;
};

}  // namespace unmask
