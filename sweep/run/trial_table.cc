#include "sweep/run/trial_table.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/durable_file.h"
#include "base/number_text.h"
#include "sweep/plan/tpe.h"
#include "sweep/plan/trial_lifecycle.h"
#include "sweep/run/kept_weights.h"
#include "sweep/run/status_file.h"

namespace unmask {
namespace {

LeaseOrder order_of(const SweepTrial& trial, const std::vector<int>& members) {
  LeaseOrder order;
  order.trial = trial.record.id;
  order.attempt = trial.record.starts;
  order.members = members;
  order.config = trial.brief.config;
  return order;
}

}  // namespace

TrialTable::TrialTable(TrialTableOptions options, const RunFolder& folder, Ledger& ledger)
    : options_(std::move(options)),
      folder_(folder),
      ledger_(ledger),
      objective_(parse_objective(options_.sweep.objective, options_.select).value()) {
  plan_trials();
}

// ---- the plan

void TrialTable::plan_trials() {
  const Ledger::Batch batch(ledger_);  // one transaction for a start
  const std::vector<TrialRecord> known = ledger_.trials();
  const std::vector<PlannedTrial> planned_before(known.begin(), known.end());
  const SweepPlan plan = options_.slice ? plan_slice(options_.sweep, options_.seed, planned_before, *options_.slice)
                                        : plan_sweep(options_.sweep, options_.seed, planned_before);
  if (!plan.refusal.empty()) {
    std::string text = folder_.root().string() + ": the sweep that it holds can't become this one:";
    for (const std::string& line : plan.refusal) text += "\n  " + line;
    throw Error(ErrorKind::kUsage, text);
  }
  std::map<int, std::int64_t> seen;  // what the last start told of before it ended
  RunStatus status;
  if (std::filesystem::exists(folder_.status())) {
    try {
      status = read_status(folder_);
      for (const GroupStatus& group : status.groups) seen[group.trial] = group.step;
    } catch (const Error&) {
      // Only a snapshot: without it a start counts as one without progress unless a checkpoint proves it.
    }
  }
  const std::int64_t memory_kills = options_.memory_kills();
  std::vector<TrialRecord> fresh;
  for (const PlannedTrial& planned : plan.trials) {
    const auto old = std::ranges::lower_bound(known, planned.id, {}, [](const TrialRecord& one) { return one.id; });
    TrialRecord record;
    if (old == known.end() || old->id != planned.id) {
      static_cast<PlannedTrial&>(record) = planned;
      fresh.push_back(record);
    } else {
      record = after_restart(*old, folder_.newest_checkpoint_step(planned.id), seen[planned.id], options_.max_attempts,
                             memory_kills);
      if (record != *old) ledger_.add({record});  // whoever reads trial.json works this out again
      if (is_over(record.state) && !record.retriable) remove_checkpoints(record.id);
    }
    place_[planned.id] = trials_.size();
    trials_.push_back({record, {}});
  }
  if (!std::exchange(status.groups, {}).empty()) write_status(folder_, status);  // counted: no later start's steps
  if (!fresh.empty() || !std::filesystem::exists(folder_.planned())) ledger_.record_plan(plan.trials);
  ledger_.add(fresh);
  if (!known.empty() && !fresh.empty())
    note("adds " + std::to_string(fresh.size()) + " trials to the " + std::to_string(known.size()) + " that are there");
  for (SweepTrial& trial : trials_) {
    if (trial.record.drawn) make_brief(trial);
  }
  ledger_.commit();
  was_over_ = !known.empty() && all_over();
  if (was_over_) {
    note(trials_.size() == 1 ? "the trial is " + to_word(trials_.front().record.state) + " already"
                             : "all " + std::to_string(trials_.size()) + " trials are over already");
  }
}

void TrialTable::make_brief(SweepTrial& trial) {
  TrialRecord& record = trial.record;
  try {
    trial.brief = options_.brief(record);
  } catch (const Error& error) {
    if (is_over(record.state)) return;
    record.state = TrialState::kFailed;
    record.reason = error.what();
    record.retriable = true;  // the file may be there at the next start
    ledger_.put(record);
    note(trial_name(record.id) + " failed: " + record.reason);
    return;
  }
  if (!record.config_digest.empty() && record.config_digest != trial.brief.config_digest) {
    throw Error(ErrorKind::kData, folder_.ledger().string() + ": " + trial_name(record.id) +
                                      " belongs to another config than " + folder_.config().string());
  }
  record.config_digest = trial.brief.config_digest;
}

/// Not before the ledger says on disk that they are needed no more.
void TrialTable::remove_checkpoints(int id) {
  ledger_.then([folder = folder_, id] { folder.remove_checkpoints(id); });
}

// ---- what is known

bool TrialTable::all_over() const {
  return std::ranges::all_of(trials_, [](const SweepTrial& trial) { return is_over(trial.record.state); });
}

int TrialTable::failed() const {
  return static_cast<int>(std::ranges::count_if(
      trials_, [](const SweepTrial& trial) { return trial.record.state == TrialState::kFailed; }));
}

std::vector<int> TrialTable::rungs_of(const SweepTrial& trial) const {
  return rung_epochs(options_.sweep, trial.brief.epochs, trial.brief.peak_fraction);
}

std::optional<int> TrialTable::next_rung(const SweepTrial& trial) const {
  const std::vector<int> rungs = rungs_of(trial);
  const auto passed = trial.record.rungs.size();
  return passed < rungs.size() ? std::optional(rungs[passed]) : std::nullopt;
}

bool TrialTable::needs_ranks(const SweepTrial& trial) const {
  if (trial.record.state != TrialState::kWaiting || !trial.record.drawn) return false;
  const auto rung = next_rung(trial);
  const bool waits_at_it = rung && !trial.record.history.empty() && trial.record.history.back().epoch >= *rung;
  return !waits_at_it;
}

std::vector<RungTrial> TrialTable::rung_trials() const {
  std::vector<RungTrial> list;
  for (const SweepTrial& trial : trials_) {
    const TrialRecord& record = trial.record;
    RungTrial seen;
    seen.id = record.id;
    seen.cohort = record.cohort;
    seen.train_set = train_set(trial.brief.train);
    seen.rungs = rungs_of(trial);
    seen.failed = record.state == TrialState::kFailed;
    seen.epochs_done = record.history.empty() ? 0 : record.history.back().epoch;
    for (const PassedRung& rung : record.rungs) {
      if (!rung.goes_on) seen.stopped_at = rung.rung;
    }
    for (std::size_t rung = 0; rung < seen.rungs.size(); ++rung) {
      const bool passed = rung < record.rungs.size();
      const int epoch = seen.rungs[rung];
      if (!passed && epoch > seen.epochs_done) break;
      const auto kept = passed ? record.rungs[rung].value : std::nullopt;  // a failure takes the history away
      seen.values.push_back(
          kept ? kept : objective_at(objective_, record.history, epoch, trial.brief.train, trial.brief.select));
    }
    list.push_back(seen);
  }
  return list;
}

std::vector<std::pair<int, int>> TrialTable::decided_rungs() const {
  std::vector<std::pair<int, int>> decided;
  for (const SweepTrial& trial : trials_) {
    for (const PassedRung& rung : trial.record.rungs) decided.emplace_back(trial.record.id, rung.rung);
  }
  return decided;
}

std::vector<int> TrialTable::holding_up() const {
  if (options_.sweep.stop == StoppingRule::kNone) return {};
  return unmask::holding_up(options_.sweep, rung_trials(), decided_rungs());
}

std::optional<int> TrialTable::unscored_choice() const {
  for (const int id : chosen_trials(ranked(trials_))) {
    if (trial(id).record.test.empty() && !test_failures_.contains(id)) return id;
  }
  return std::nullopt;
}

std::string TrialTable::choice_text() const { return unmask::choice_text(trials_, objective_.metric); }

// ---- what the leases bring

LeaseOrder TrialTable::start_training(int id, const std::vector<int>& members, const std::string& numerics) {
  SweepTrial& trial = at(id);
  const std::int64_t checkpoint = folder_.newest_checkpoint_step(id);
  const bool first = trial.record.starts == 0;
  trial.record = at_grant(trial.record, checkpoint, options_.memory_kills());
  // As far as known: the lease's end tells what the weights come from.
  if (std::ranges::find(trial.record.numerics, numerics) == trial.record.numerics.end())
    trial.record.numerics.push_back(numerics);
  ledger_.put(trial.record);
  note(trial_name(id) + (first ? " starts" : " goes on from step " + std::to_string(checkpoint)) + ", on " +
       std::to_string(members.size()) + (members.size() == 1 ? " rank" : " ranks"));
  LeaseOrder order = order_of(trial, members);
  order.checkpoint_share = checkpoint_share(trial.record);
  if (const auto rung = next_rung(trial)) order.until_step = *rung * trial.brief.steps_per_epoch;
  return order;
}

LeaseOrder TrialTable::start_scoring(int id, const std::vector<int>& members) const {
  note(trial_name(id) + " was chosen: scoring it on data.test");
  LeaseOrder order = order_of(trial(id), members);
  order.score_test = true;
  return order;
}

void TrialTable::keep_result(int id, const LeaseResult& result, bool stopping) {
  const TrialBrief& brief = at(id).brief;
  TrialRecord& record = at(id).record;
  record.step = result.step;
  record.history = result.history;
  record.numerics = result.numerics;
  record.idle_starts = record.stepless_starts = 0;
  if (result.best) {
    const EpochRow& best = result.history.at(*result.best);
    record.best_epoch = best.epoch;
    record.objective = number_text(objective_value(objective_, best, brief.train));
  }
  record.state = TrialState::kWaiting;
  if (result.end == LeaseEnd::kTrialDone) {
    record.state = TrialState::kDone;
    record.reason.clear();
    record.test = result.test;
  } else if (stopping) {
    record.state = TrialState::kPaused;
  }
  ledger_.put(record);
  if (record.state == TrialState::kDone) remove_checkpoints(id);
}

void TrialTable::keep_failure(int id, const Fault& fault) {
  TrialRecord& record = at(id).record;
  if (fault.cause == Cause::kDiskFull) {
    record.state = TrialState::kWaiting;
    ledger_.put(record);
    refuse_full_disk(id, fault);
  }
  record = after_failure(record, fault, folder_.newest_checkpoint_step(id), options_.max_attempts);
  ledger_.put(record);
  last_fault_ = fault.kind;
  const bool again = record.state == TrialState::kWaiting;
  note(trial_name(id) + (again ? " will be tried again after: " : " failed: ") + fault.told());
}

void TrialTable::refuse_full_disk(int id, const Fault& fault) const {
  ledger_.commit();  // throws as well where nothing can be written
  throw Error(ErrorKind::kFailed,
              trial_name(id) + ": " + fault.told() +
                  "; every trial would fail like this. Make room, then start the same command again",
              fault.cause);
}

void TrialTable::keep_test_failure(int id, const Fault& fault) {
  if (fault.cause == Cause::kDiskFull) refuse_full_disk(id, fault);
  test_failures_.emplace(id, fault);
  note(trial_name(id) + ": scoring it on data.test failed: " + fault.told());
}

void TrialTable::keep_test(int id, const std::vector<DatasetScores>& scores) {
  at(id).record.test = scores;
  ledger_.put(at(id).record);
}

// ---- what follows from them

void TrialTable::settle() {
  while (apply_rungs() || draw_cohort()) {
  }
  prune_weights();
}

bool TrialTable::apply_rungs() {
  if (options_.sweep.stop == StoppingRule::kNone) return false;
  const std::vector<RungDecision> decisions = decide_rungs(options_.sweep, rung_trials(), decided_rungs());
  for (const RungDecision& decision : decisions) {
    TrialRecord& record = at(decision.trial).record;
    record.rungs.push_back({decision.rung, decision.goes_on, decision.reason, decision.value});
    if (!decision.goes_on && !is_over(record.state)) {
      record.state = TrialState::kStoppedEarly;
      record.reason = decision.reason;
    }
    ledger_.put(record);
    if (record.state == TrialState::kStoppedEarly) remove_checkpoints(record.id);
  }
  return !decisions.empty();
}

/// Points of the next cohort of tpe, once all earlier ones are over. A point is drawn once, for all of its repeats,
/// also those that are in the cohort behind.
bool TrialTable::draw_cohort() {
  const auto undrawn = std::ranges::find_if(trials_, [](const SweepTrial& trial) { return !trial.record.drawn; });
  if (undrawn == trials_.end()) return false;
  const int cohort = undrawn->record.cohort;
  const auto before = [&](const SweepTrial& trial) { return trial.record.cohort < cohort; };
  if (!std::ranges::all_of(trials_,
                           [&](const SweepTrial& trial) { return !before(trial) || is_over(trial.record.state); }))
    return false;
  std::vector<SweepTrial> over;
  std::ranges::copy_if(trials_, std::back_inserter(over), before);
  // A point once, by its mean; one of which a seed failed has no value.
  std::map<int, Observation> history;  // by the lowest id
  for (const RankedPoint& point : ranked_points(ranked(over)))
    history[*std::ranges::min_element(point.trials)] = {trial(point.trials.front()).record.point,
                                                        point.whole ? point.mean : std::nullopt};
  std::vector<Observation> observations;
  for (const auto& [id, observation] : history) observations.push_back(observation);
  std::map<int, SpacePoint> points;  // by their index
  for (const SweepTrial& trial : trials_) {
    if (trial.record.drawn) points.emplace(trial.record.point_index, trial.record.point);
  }
  for (const SweepTrial& trial : trials_) {
    const int i = trial.record.point_index;
    if (trial.record.cohort == cohort && !points.contains(i))
      points[i] = tpe_point(options_.sweep.space, options_.seed, i, observations);
  }
  std::vector<TrialRecord> drawn;
  for (SweepTrial& trial : trials_) {
    const auto point = points.find(trial.record.point_index);
    if (trial.record.drawn || point == points.end()) continue;
    trial.record.point = point->second;
    trial.record.drawn = true;
    drawn.push_back(trial.record);
  }
  std::vector<PlannedTrial> planned;
  for (const SweepTrial& trial : trials_) planned.push_back(trial.record);
  ledger_.record_plan(planned);
  ledger_.add(drawn);
  for (const TrialRecord& record : drawn) make_brief(at(record.id));
  return true;
}

void TrialTable::prune_weights() {
  for (const int id : unneeded_weights(trials_, options_.sweep.keep_best)) {
    if (!pruned_.insert(id).second) continue;
    std::error_code ignored;  // costs space only
    std::filesystem::remove(folder_.best_model(id), ignored);
  }
}

std::string TrialTable::results_of(const std::vector<SweepTrial>& trials) const {
  std::vector<std::string> keys;
  for (const SpaceKey& key : options_.sweep.space) keys.push_back(key.key);
  return results_csv(trials, keys, options_.val);
}

void TrialTable::write_results() const {
  write_file_durably(folder_.results(), results_of(trials_));
  write_file_durably(folder_.results_jsonl(), results_jsonl(trials_));
}

void TrialTable::grow_results() {
  std::vector<SweepTrial> over;
  std::ranges::copy_if(trials_, std::back_inserter(over),
                       [](const SweepTrial& trial) { return is_over(trial.record.state); });
  if (over.size() <= results_shown_) return;
  results_shown_ = over.size();
  try {
    replace_file(folder_.results(), results_of(over));
  } catch (const Error&) {
    // The end of the run, or a pause, writes it, and meets the fault.
  }
}

}  // namespace unmask
