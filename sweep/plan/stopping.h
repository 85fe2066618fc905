// Which trials go on after a rung. Pure; a decision depends on the set of results of a rung,
// never on their order of arrival.
//
//   for (const RungDecision& decision : decide_rungs(options, trials, decided))
//     if (!decision.goes_on) stop(decision.trial, decision.reason);
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sweep/plan/sweep_options.h"

namespace unmask {

/// The epochs after which a trial waits for its rungs: fractions k / (rungs + 1) of its own schedule, rounded up, moved
/// to the peak of its one-cycle rate where they came before it (`peak_fraction`, 0 for a constant rate), never its last
/// epoch, each once. Empty for "none".
std::vector<int> rung_epochs(const SweepOptions& options, int epochs, double peak_fraction);

/// A trial as a stopping rule sees it.
struct RungTrial {
  int id = 0;
  int cohort = 0;
  std::string train_set;   // "augment,base": only trials of equal sets are compared
  std::vector<int> rungs;  // rung_epochs of this trial; trials of one set may have other numbers of rungs
  bool failed = false;     // ranks last wherever it has no value
  int stopped_at = -1;     // rung that stopped it before; -1 = none
  int epochs_done = 0;
  /// The objective at each rung that it has reached, also where it failed later: other trials are judged by it, and
  /// must be judged alike whether they come before the failure or after.
  std::vector<std::optional<double>> values;
};

/// What was decided for one trial at one rung (written to the ledger before it is acted on).
struct RungDecision {
  int trial = 0, rung = 0;  // rung: place in RungTrial::rungs; reasons count from 1
  bool goes_on = false;
  std::optional<double> value;  // the trial's own at this rung, to be kept with the decision
  std::string reason;           // "stopped at rung 1 (epoch 4): 0.71 is below the median 0.75 of 8 trials"
};

/// The decisions that can be made now and are not in `decided`: a set (cohort, train_set, rung) is decided once every
/// trial of it that was not stopped before has reached that rung, has failed,
/// or has no such rung (then its last rung's value counts).
/// `decided`: (trial, rung) pairs of the ledger.
/// A set's rungs are decided in order; failed trials and those without the rung count but get no decision; a trial
/// without any rung is in no set. The set is all of a cohort: a trial that is missing in `trials` is not waited for.
/// "median": goes on if its value is not below the median of the set's values (fewer than 3 values: all go on).
/// "halving": the best ceil(keep × set) go on, ties by id.
std::vector<RungDecision> decide_rungs(const SweepOptions& options, const std::vector<RungTrial>& trials,
                                       const std::vector<std::pair<int, int>>& decided);

/// The trials that others wait for: those of undecided sets that have not reached their rung while another one has.
std::vector<int> holding_up(const SweepOptions& options, const std::vector<RungTrial>& trials,
                            const std::vector<std::pair<int, int>>& decided);

}  // namespace unmask
