#include "launch/sweep/coordinator.h"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "base/durable_file.h"
#include "base/host_name.h"
#include "launch/sweep/heartbeat.h"
#include "launch/sweep/liveness.h"
#include "launch/sweep/messages.h"
#include "launch/sweep/stopping.h"
#include "launch/sweep/tpe.h"
#include "launch/sweep/trial_lifecycle.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;
using Box = RankNetwork::Box;

constexpr auto kPause = std::chrono::milliseconds(2);
constexpr double kStatusEveryS = 1, kScheduleEveryS = 2;
constexpr int kLeadersShown = 5, kTrialsFailed = 4;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string trial_name(int id) { return "trial " + trial_number(id); }

/// A group at work, until its last member has left.
struct ActiveLease {
  int trial = 0;
  std::vector<int> members;
  std::set<int> still_in;
  bool score_test = false;
  bool ending = false;  // was asked to
  bool ended = false;   // its leader has told how
  LeaseNews news;
  Clock::time_point granted = Clock::now();
};

}  // namespace

class Coordinator::Desk {
 public:
  Desk(CoordinatorOptions options, const RunFolder& folder, Ledger& ledger, RunLock& lock,
       const std::atomic<bool>& stop);
  void run(RankNetwork& network);
  const std::vector<SweepTrial>& trials() const { return trials_; }
  std::int64_t letters_read() const { return letters_read_; }
  std::string choice_text() const { return choice_table(trials_, objective_.metric); }

 private:
  // The plan.
  void plan_trials();
  void make_brief(SweepTrial& trial);
  SweepTrial& trial(int id) { return trials_.at(place_.at(id)); }
  const SweepTrial& trial(int id) const { return trials_.at(place_.at(id)); }

  // What the ranks tell.
  void read_letters();
  void handle(int rank, const RankFree& free);
  void handle(int rank, const LeaseNews& news);
  void handle(int rank, const LeaseEnded& ended);
  void handle(int rank, const StopAsked&);
  void handle(int rank, const Heartbeat& beat);
  void watch_ranks();
  void mourn();
  void leave(int rank, int lease);
  void end_broken(const ActiveLease& lease);
  void keep_result(SweepTrial& trial, const LeaseResult& result);
  void keep_failure(SweepTrial& trial, const LeaseEnded& ended);

  // What follows from it.
  void decide();
  bool apply_rungs();
  bool draw_cohorts();
  void grant_leases();
  void grant(int trial_id, const std::vector<int>& members, bool score_test);
  void end_lease(int id);
  void prune_weights();
  bool score_chosen();
  void finish();

  // What the scheduler and the rules see.
  std::vector<RungTrial> rung_trials() const;
  std::vector<std::pair<int, int>> decided_rungs() const;
  std::vector<int> rungs_of(const SweepTrial& trial) const;
  std::optional<int> next_rung(const SweepTrial& trial) const;
  bool waits_at_rung(const SweepTrial& trial) const;
  bool is_waiting(const SweepTrial& trial) const;
  TrialLoad load_of(const SweepTrial& trial) const;
  bool all_over() const;
  const ActiveLease* lease_of(int trial_id) const;

  // What people see.
  RunStatus status() const;
  std::string progress_text(const RunStatus& status) const;
  void show(bool now);
  void write_results();
  void write_timing(const ActiveLease& lease, std::int64_t from_step, std::int64_t to_step, const std::string& end);
  void note(const std::string& text) const {
    if (options_.note) options_.note(text);
  }

  void send(int rank, const Instruction& instruction) { network_->send(rank, Box::kWorker, to_text(instruction)); }
  void quit_all(const Quit& quit);
  std::string rank_name(int rank) const;
  int living() const { return network_->world() - static_cast<int>(dead_.size()); }
  bool all_greeted() const { return static_cast<int>(greeted_.size()) == living(); }

  CoordinatorOptions options_;
  RunFolder folder_;
  Ledger& ledger_;
  RunLock& lock_;
  const std::atomic<bool>& stop_;
  RankNetwork* network_ = nullptr;
  Objective objective_;
  std::vector<SweepTrial> trials_;    // in order of id
  std::map<int, std::size_t> place_;  // id → place in trials_

  std::map<int, ActiveLease> leases_;
  std::map<int, int> lease_of_trial_;
  std::set<int> pruned_;                                 // trials whose weights are gone
  std::set<int> free_ranks_, greeted_, idle_strangers_;  // living ranks
  std::set<int> dead_;
  std::map<int, RankStatus> ranks_;
  std::map<int, RankPulse> pulses_;
  double watched_s_ = 0, next_watch_s_ = 0;
  std::map<int, double> microbatch_s_;  // by trial, measured
  double sum_microbatch_s_ = 0;
  int last_lease_ = 0;
  std::int64_t letters_read_ = 0;
  int fault_code_ = 1;              // of the last trial that failed in this start
  bool all_over_at_start_ = false;  // then the status of the start that did the work stands
  bool stopping_ = false, changed_ = true, finished_ = false;
  std::optional<Error> fault_;
  double lease_cost_s_;
  std::string run_state_ = "running", reason_;
  Clock::time_point started_ = Clock::now(), shown_ = started_, scheduled_ = started_;
};

Coordinator::Desk::Desk(CoordinatorOptions options, const RunFolder& folder, Ledger& ledger, RunLock& lock,
                        const std::atomic<bool>& stop)
    : options_(std::move(options)),
      folder_(folder),
      ledger_(ledger),
      lock_(lock),
      stop_(stop),
      objective_(parse_objective(options_.sweep.objective, options_.select).value()),
      lease_cost_s_(options_.lease_cost_s) {
  plan_trials();
}

// ---- the plan

void Coordinator::Desk::plan_trials() {
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
  if (std::filesystem::exists(folder_.status())) {
    try {
      for (const GroupStatus& group : read_status(folder_).groups) seen[group.trial] = group.step;
    } catch (const Error&) {
      // A picture only: without it a start counts as one without progress unless a checkpoint proves it.
    }
  }
  std::vector<TrialRecord> fresh;
  for (const PlannedTrial& planned : plan.trials) {
    const auto old = std::ranges::find(known, planned.id, [](const TrialRecord& record) { return record.id; });
    TrialRecord record;
    if (old == known.end()) {
      static_cast<PlannedTrial&>(record) = planned;
      fresh.push_back(record);
    } else {
      record = after_restart(*old, folder_.newest_checkpoint_step(planned.id), seen[planned.id], options_.max_attempts);
      if (record != *old) ledger_.put(record);
      if (is_over(record.state) && !record.retriable) folder_.remove_checkpoints(record.id);
    }
    place_[planned.id] = trials_.size();
    trials_.push_back({record, {}});
  }
  ledger_.add(fresh);
  if (!known.empty() && !fresh.empty())
    note("adds " + std::to_string(fresh.size()) + " trials to the " + std::to_string(known.size()) + " that are there");
  for (SweepTrial& trial : trials_) {
    if (trial.record.drawn) make_brief(trial);
  }
  all_over_at_start_ = !known.empty() && all_over();
  if (all_over_at_start_) {
    note(trials_.size() == 1 ? "the trial is " + to_string(trials_.front().record.state) + " already"
                             : "all " + std::to_string(trials_.size()) + " trials are over already");
  }
}

void Coordinator::Desk::make_brief(SweepTrial& trial) {
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

// ---- what the ranks tell

void Coordinator::Desk::read_letters() {
  while (const auto letter = network_->poll(Box::kCoordinator)) {
    ++letters_read_;
    if (dead_.contains(letter->from)) continue;
    std::visit([&](const auto& report) { handle(letter->from, report); }, report_from(letter->text));
  }
}

void Coordinator::Desk::handle(int rank, const RankFree& free) {
  ranks_[rank] = {rank, free.host, free.seconds};
  if (free.lease == 0) {
    greeted_.insert(rank);
    if (free.numerics != options_.numerics) {
      idle_strangers_.insert(rank);
      note("rank " + std::to_string(rank) + " on " + free.host + " computes other bits than this run (" +
           free.numerics + ", the run: " + options_.numerics + "): it gets no work");
      return;
    }
  }
  leave(rank, free.lease);
  free_ranks_.insert(rank);
  changed_ = true;
}

/// The last one out ends the lease. Where nobody has told how it ended, a member died.
void Coordinator::Desk::leave(int rank, int id) {
  const auto found = leases_.find(id);
  if (found == leases_.end()) return;
  found->second.still_in.erase(rank);
  if (!found->second.still_in.empty()) return;
  const ActiveLease lease = found->second;
  leases_.erase(found);
  lease_of_trial_.erase(lease.trial);
  if (!lease.ended) end_broken(lease);
}

/// Ranks that died where MPI survives that: their groups end their leases, all others go on.
void Coordinator::Desk::mourn() {
  for (const int rank : network_->lost()) {
    if (!dead_.insert(rank).second) continue;
    for (std::set<int>* ranks : {&free_ranks_, &greeted_, &idle_strangers_}) ranks->erase(rank);
    pulses_.erase(rank);
    note(rank_name(rank) + " has died; the sweep goes on with " + std::to_string(living()) + " of " +
         std::to_string(network_->world()) + " ranks");
    changed_ = true;
    for (auto& [id, lease] : leases_) {
      if (!lease.still_in.contains(rank)) continue;
      leave(rank, id);
      break;
    }
  }
}

/// Its trial goes on from the newest checkpoint.
void Coordinator::Desk::end_broken(const ActiveLease& lease) {
  if (fault_) return;
  lock_.check();
  write_timing(lease, trial(lease.trial).record.start_step, lease.news.step.step, "rank died");
  if (lease.score_test) return;
  LeaseEnded ended;
  ended.fault = "a rank of its group died";
  keep_failure(trial(lease.trial), ended);
}

void Coordinator::Desk::handle(int /*rank*/, const LeaseNews& news) {
  const auto lease = leases_.find(news.lease);
  if (lease == leases_.end()) return;
  ActiveLease& active = lease->second;
  const bool several = trials_.size() > 1;
  const std::string who = several ? trial_name(active.trial) + ": " : std::string();
  if (!news.note.empty()) note(who + news.note);
  if (!news.epoch.empty()) note(who + news.epoch);
  const SweepTrial& its = trial(active.trial);
  if (active.news.step.step == 0 && news.step.step > 0)
    lease_cost_s_ = 0.5 * lease_cost_s_ + 0.5 * std::max(0.0, seconds_since(active.granted));
  active.news = news;
  if (news.step_s > 0) {
    const auto ranks = static_cast<int>(active.members.size());
    const int slots = (its.brief.microbatches + ranks - 1) / ranks;
    double& known = microbatch_s_[active.trial];
    sum_microbatch_s_ += news.step_s / slots - known;
    known = news.step_s / slots;
  }
}

void Coordinator::Desk::handle(int /*rank*/, const StopAsked&) { stopping_ = true; }

void Coordinator::Desk::handle(int rank, const Heartbeat& beat) {
  RankPulse& pulse = pulses_[rank];
  pulse.heard_s = seconds_since(started_);
  if (beat.count != pulse.last.count || beat.lease != pulse.last.lease) pulse.moved_s = pulse.heard_s;
  pulse.last = beat;
}

/// An alarm if a rank gives no sign of life.
void Coordinator::Desk::watch_ranks() {
  const double now = seconds_since(started_);
  const double forgiven = forgiven_s(now - watched_s_);
  watched_s_ = now;
  for (auto& [rank, pulse] : pulses_) {
    pulse.heard_s += forgiven;
    pulse.moved_s += forgiven;
  }
  if (now < next_watch_s_) return;
  next_watch_s_ = now + heartbeat_every_s(options_.timeout_s);
  std::vector<WatchedLease> watched;
  for (const auto& [id, lease] : leases_) {
    WatchedLease its{id, lease.trial, lease.news.step.step, lease.news.step_s, {}};
    std::ranges::copy_if(lease.members, std::back_inserter(its.members),
                         [&](int rank) { return !dead_.contains(rank); });
    watched.push_back(std::move(its));
  }
  const auto gone = stall(pulses_, watched, now, options_.timeout_s);
  if (gone && options_.on_stall) options_.on_stall(*gone);
}

void Coordinator::Desk::handle(int /*rank*/, const LeaseEnded& ended) {
  const auto found = leases_.find(ended.lease);
  if (found == leases_.end()) return;
  ActiveLease& lease = found->second;
  lease.ended = true;
  changed_ = true;
  // Nobody here asked for it: a signal reached a rank of the group.
  if (ended.fault.empty() && ended.result.end == LeaseEnd::kStopped && !lease.ending) stopping_ = true;
  if (fault_) return;  // nothing more is written: the next start finds the trial running, with its checkpoint
  lock_.check();
  SweepTrial& its = trial(lease.trial);
  if (lease.score_test) {
    if (!ended.fault.empty())
      throw Error(ended.kind, trial_name(lease.trial) + ": scoring on data.test: " + ended.fault);
    its.record.test = ended.result.test;
    ledger_.put(its.record);
    return;
  }
  const std::int64_t from = its.record.start_step;
  if (ended.fault.empty()) {
    keep_result(its, ended.result);
    write_timing(lease, from, its.record.step,
                 ended.result.end == LeaseEnd::kTrialDone ? "done"
                 : stopping_                              ? "paused"
                 : lease.ending                           ? "regrouped"
                                                          : "rung");
  } else {
    keep_failure(its, ended);
    write_timing(lease, from, lease.news.step.step, "failed");
  }
}

void Coordinator::Desk::keep_result(SweepTrial& its, const LeaseResult& result) {
  TrialRecord& record = its.record;
  record.step = result.step;
  record.history = result.history;
  record.idle_starts = 0;
  if (result.best) {
    const EpochRow& best = result.history.at(*result.best);
    record.best_epoch = best.epoch;
    record.objective = number_text(objective_value(objective_, best, its.brief.train));
  }
  record.state = TrialState::kWaiting;
  if (result.end == LeaseEnd::kTrialDone) {
    record.state = TrialState::kDone;
    record.reason.clear();
    record.test = result.test;
  } else if (stopping_) {
    record.state = TrialState::kPaused;
  }
  ledger_.put(record);
  if (record.state == TrialState::kDone) folder_.remove_checkpoints(record.id);
}

void Coordinator::Desk::keep_failure(SweepTrial& its, const LeaseEnded& ended) {
  if (is_disk_fault(ended.fault)) {
    its.record.state = TrialState::kWaiting;
    ledger_.put(its.record);  // throws as well where nothing can be written
    throw Error(ErrorKind::kFailed,
                trial_name(its.record.id) + ": " + ended.fault +
                    "; every trial would fail like this. Make room, then start the same command again");
  }
  its.record = after_failure(its.record, ended.kind, ended.fault, folder_.newest_checkpoint_step(its.record.id),
                             options_.max_attempts);
  ledger_.put(its.record);
  fault_code_ = static_cast<int>(ended.kind);
  const bool again = its.record.state == TrialState::kWaiting;
  note(trial_name(its.record.id) + (again ? " will be tried again after: " : " failed: ") + ended.fault);
}

// ---- what follows from it

std::vector<int> Coordinator::Desk::rungs_of(const SweepTrial& its) const {
  return rung_epochs(options_.sweep, its.brief.epochs, its.brief.peak_fraction);
}

std::optional<int> Coordinator::Desk::next_rung(const SweepTrial& its) const {
  const auto passed = its.record.rungs.size();
  return passed < rungs_of(its).size() ? std::optional(static_cast<int>(passed)) : std::nullopt;
}

bool Coordinator::Desk::waits_at_rung(const SweepTrial& its) const {
  const auto rung = next_rung(its);
  if (!rung || its.record.history.empty()) return false;
  return its.record.history.back().epoch >= rungs_of(its).at(static_cast<std::size_t>(*rung));
}

const ActiveLease* Coordinator::Desk::lease_of(int trial_id) const {
  const auto lease = lease_of_trial_.find(trial_id);
  return lease == lease_of_trial_.end() ? nullptr : &leases_.at(lease->second);
}

bool Coordinator::Desk::is_waiting(const SweepTrial& its) const {
  return its.record.state == TrialState::kWaiting && its.record.drawn && !waits_at_rung(its) &&
         lease_of(its.record.id) == nullptr;
}

std::vector<RungTrial> Coordinator::Desk::rung_trials() const {
  std::vector<RungTrial> list;
  for (const SweepTrial& its : trials_) {
    const TrialRecord& record = its.record;
    RungTrial seen;
    seen.id = record.id;
    seen.cohort = record.cohort;
    seen.train_set = train_set(its.brief.train);
    seen.rungs = rungs_of(its);
    seen.failed = record.state == TrialState::kFailed;
    seen.epochs_done = record.history.empty() ? 0 : record.history.back().epoch;
    for (const PassedRung& rung : record.rungs) {
      if (!rung.goes_on) seen.stopped_at = rung.rung;
    }
    for (const int epoch : seen.rungs) {
      if (epoch > seen.epochs_done) break;
      seen.values.push_back(objective_at(objective_, record.history, epoch, its.brief.train, its.brief.select));
    }
    list.push_back(seen);
  }
  return list;
}

std::vector<std::pair<int, int>> Coordinator::Desk::decided_rungs() const {
  std::vector<std::pair<int, int>> decided;
  for (const SweepTrial& its : trials_) {
    for (const PassedRung& rung : its.record.rungs) decided.emplace_back(its.record.id, rung.rung);
  }
  return decided;
}

bool Coordinator::Desk::apply_rungs() {
  if (options_.sweep.stop == "none") return false;
  const std::vector<RungDecision> decisions = decide_rungs(options_.sweep, rung_trials(), decided_rungs());
  for (const RungDecision& decision : decisions) {
    TrialRecord& record = trial(decision.trial).record;
    record.rungs.push_back({decision.rung, decision.goes_on, decision.reason});
    if (!decision.goes_on && !is_over(record.state)) {
      record.state = TrialState::kStopped;
      record.reason = decision.reason;
    }
    ledger_.put(record);
    if (record.state == TrialState::kStopped) folder_.remove_checkpoints(record.id);
  }
  return !decisions.empty();
}

/// Points of the next cohort of tpe, once all earlier ones are over.
bool Coordinator::Desk::draw_cohorts() {
  const auto undrawn = std::ranges::find_if(trials_, [](const SweepTrial& its) { return !its.record.drawn; });
  if (undrawn == trials_.end()) return false;
  const int cohort = undrawn->record.cohort;
  const auto before = [&](const SweepTrial& its) { return its.record.cohort < cohort; };
  if (!std::ranges::all_of(trials_, [&](const SweepTrial& its) { return !before(its) || is_over(its.record.state); }))
    return false;
  std::vector<Observation> history;
  for (const SweepTrial& its : trials_) {
    if (!before(its)) continue;
    const bool counts = its.record.state != TrialState::kFailed && !its.record.objective.empty();
    history.push_back({its.record.point, counts ? std::optional(std::stod(its.record.objective)) : std::nullopt});
  }
  std::vector<TrialRecord> drawn;
  for (SweepTrial& its : trials_) {
    if (its.record.cohort != cohort || its.record.drawn) continue;
    its.record.point = tpe_point(options_.sweep.space, options_.seed, its.record.point_index, history);
    its.record.drawn = true;
    drawn.push_back(its.record);
  }
  ledger_.add(drawn);  // written before it is acted on
  for (const TrialRecord& record : drawn) make_brief(trial(record.id));
  return true;
}

void Coordinator::Desk::decide() {
  while (apply_rungs() || draw_cohorts()) {
  }
  prune_weights();
  if (all_over() && leases_.empty() && !score_chosen()) {
    finish();
    return;
  }
  grant_leases();
}

TrialLoad Coordinator::Desk::load_of(const SweepTrial& its) const {
  TrialLoad load;
  load.trial = its.record.id;
  load.microbatches = its.brief.microbatches;
  std::int64_t step = its.record.step;
  if (const ActiveLease* lease = lease_of(its.record.id)) step = std::max(step, lease->news.step.step);
  load.steps_left = std::max<std::int64_t>(0, its.brief.steps() - step);
  const auto measured = microbatch_s_.find(its.record.id);
  if (measured != microbatch_s_.end()) {
    load.microbatch_s = measured->second;
  } else if (!microbatch_s_.empty()) {
    load.microbatch_s = sum_microbatch_s_ / static_cast<double>(microbatch_s_.size());
  } else {
    load.microbatch_s = 0.1;
  }
  return load;
}

void Coordinator::Desk::grant_leases() {
  scheduled_ = Clock::now();
  PoolState pool;
  pool.mode = options_.sweep.mode;
  pool.group_size = options_.sweep.group_size;
  pool.ranks = living() - static_cast<int>(idle_strangers_.size());
  pool.free_ranks.assign(free_ranks_.begin(), free_ranks_.end());
  pool.lease_cost_s = lease_cost_s_;
  std::vector<int> holding;
  if (options_.sweep.stop != "none") holding = holding_up(options_.sweep, rung_trials(), decided_rungs());
  const auto load = [&](const SweepTrial& its) {
    TrialLoad is = load_of(its);
    is.holds_up_others = std::ranges::find(holding, its.record.id) != holding.end();
    return is;
  };
  for (const SweepTrial& its : trials_) {
    if (is_waiting(its)) pool.waiting.push_back(load(its));
  }
  for (const auto& [id, lease] : leases_) {
    if (!lease.score_test && !lease.ended)
      pool.running.push_back({load(trial(lease.trial)), id, lease.members, lease.ending});
  }
  const Schedule plan = schedule(pool);
  for (const int id : plan.end_leases) end_lease(id);
  for (const Grant& grants : plan.grants) grant(grants.trial, grants.ranks, /*score_test=*/false);
}

void Coordinator::Desk::grant(int trial_id, const std::vector<int>& members, bool score_test) {
  SweepTrial& its = trial(trial_id);
  LeaseOrder order;
  order.lease = ++last_lease_;
  order.trial = trial_id;
  order.members = members;
  order.score_test = score_test;
  order.config = its.brief.config;
  if (!score_test) {
    const std::int64_t checkpoint = folder_.newest_checkpoint_step(trial_id);
    const bool first = its.record.starts == 0;
    its.record = at_grant(its.record, checkpoint);
    if (const auto rung = next_rung(its))
      order.until_step = rungs_of(its).at(static_cast<std::size_t>(*rung)) * its.brief.steps_per_epoch;
    ledger_.put(its.record);
    if (first) write_file_durably(folder_.trial_config(trial_id), its.brief.config);
    note(trial_name(trial_id) + (first ? " starts" : " goes on from step " + std::to_string(checkpoint)) + ", on " +
         std::to_string(members.size()) + (members.size() == 1 ? " rank" : " ranks"));
  }
  order.attempt = its.record.starts;
  ActiveLease lease;
  lease.trial = trial_id;
  lease.members = members;
  lease.still_in = {members.begin(), members.end()};
  lease.score_test = score_test;
  leases_[order.lease] = lease;
  lease_of_trial_[trial_id] = order.lease;
  for (const int member : members) {
    pulses_[member].moved_s = seconds_since(started_);
    free_ranks_.erase(member);
    send(member, order);
  }
}

/// Asks once.
void Coordinator::Desk::end_lease(int id) {
  ActiveLease& lease = leases_.at(id);
  if (lease.ending || lease.ended) return;
  lease.ending = true;
  send(lease.members.front(), EndLease{id});
}

/// Weights of the keep_best best trials of each set of training datasets; a trial that leaves them can't come back.
void Coordinator::Desk::prune_weights() {
  std::map<std::string, std::vector<RankedTrial>> sets;
  for (const RankedTrial& trial : ranked(trials_)) sets[train_set(trial.train_datasets)].push_back(trial);
  for (const auto& [set, members] : sets) {
    int kept = 0;
    for (const int id : ranking(members)) {
      const TrialState state = trial(id).record.state;
      if (!is_over(state) || (state != TrialState::kFailed && kept++ < options_.sweep.keep_best)) continue;
      if (!pruned_.insert(id).second) continue;
      std::error_code ignored;  // costs space only
      std::filesystem::remove(folder_.best_model(id), ignored);
    }
  }
}

bool Coordinator::Desk::all_over() const {
  return std::ranges::all_of(trials_, [](const SweepTrial& its) { return is_over(its.record.state); });
}

/// Datasets marked `test` are scored once, for the chosen trials, with all ranks. True while there is something to score.
bool Coordinator::Desk::score_chosen() {
  if (!options_.score_test || free_ranks_.empty()) return false;
  for (const int id : chosen_trials(ranked(trials_))) {
    if (!trial(id).record.test.empty()) continue;
    note(trial_name(id) + " was chosen: scoring it on data.test");
    grant(id, {free_ranks_.begin(), free_ranks_.end()}, /*score_test=*/true);
    return true;
  }
  return false;
}

void Coordinator::Desk::finish() {
  write_results();
  const auto failed =
      std::ranges::count_if(trials_, [](const SweepTrial& its) { return its.record.state == TrialState::kFailed; });
  run_state_ = failed > 0 ? "failed" : "done";
  if (failed > 0) reason_ = std::to_string(failed) + " of " + std::to_string(trials_.size()) + " trials failed";
  finished_ = true;
  quit_all(Quit{failed == 0 ? 0 : options_.one_trial ? fault_code_ : kTrialsFailed, ""});
}

void Coordinator::Desk::quit_all(const Quit& quit) {
  show(true);
  for (int rank = 0; rank < network_->world(); ++rank) send(rank, quit);
}

std::string Coordinator::Desk::rank_name(int rank) const {
  const auto known = ranks_.find(rank);
  return "rank " + std::to_string(rank) + (known == ranks_.end() ? "" : " on " + known->second.host);
}

// ---- what people see

RunStatus Coordinator::Desk::status() const {
  RunStatus status;
  status.run_state = run_state_;
  status.reason = reason_;
  for (const SweepTrial& its : trials_) ++status.trials[to_string(its.record.state)];
  for (const auto& [id, lease] : leases_) {
    if (lease.ended) continue;
    const auto& step = lease.news.step;
    GroupStatus group{lease.trial,       lease.members,
                      step.step,         trial(lease.trial).brief.steps(),
                      step.epoch,        trial(lease.trial).brief.epochs,
                      step.images_per_s, -1};
    if (microbatch_s_.contains(lease.trial))
      group.eta_s = seconds_left(load_of(trial(lease.trial)), static_cast<int>(lease.members.size()));
    status.images_per_s += group.images_per_s;
    status.groups.push_back(group);
  }
  double work_s = 0, longest_s = 0;
  for (const SweepTrial& its : trials_) {
    if (!is_over(its.record.state) && its.record.drawn) work_s += seconds_left(load_of(its), 1);
  }
  for (const GroupStatus& group : status.groups) longest_s = std::max(longest_s, group.eta_s);
  if (!microbatch_s_.empty()) status.eta_s = std::max(longest_s, work_s / std::max(1, living()));
  if (finished_) status.eta_s = 0;
  const std::vector<RankedTrial> all = ranked(trials_);
  for (const int id : ranking(all)) {
    const SweepTrial& its = trials_[place_.at(id)];
    if (its.record.objective.empty() || its.record.state == TrialState::kFailed) continue;
    if (static_cast<int>(status.leaders.size()) == kLeadersShown) break;
    status.leaders.push_back({id, to_string(its.record.state), train_set(its.brief.train), its.record.objective,
                              its.record.best_epoch, point_text(its.record.point)});
  }
  for (const auto& [rank, seconds] : ranks_) status.ranks.push_back(seconds);
  status.elapsed_s = seconds_since(started_);
  status.predicted_s = options_.predicted_s;
  status.mode = options_.sweep.mode;
  status.host = host_name();
  status.pid = ::getpid();
  status.updated = utc_now();
  return status;
}

std::string Coordinator::Desk::progress_text(const RunStatus& status) const {
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.1f", status.images_per_s);
  std::string text;
  if (trials_.size() > 1) {
    int over = 0;
    for (const SweepTrial& its : trials_) over += is_over(its.record.state) ? 1 : 0;
    text = std::to_string(over) + "/" + std::to_string(trials_.size()) + " trials, " +
           std::to_string(status.groups.size()) + " running";
  } else if (!status.groups.empty()) {
    const GroupStatus& group = status.groups.front();
    char loss[32];
    std::snprintf(loss, sizeof loss, "%.4f", leases_.begin()->second.news.step.loss);
    text = "epoch " + std::to_string(group.epoch) + "/" + std::to_string(group.epochs) + "  step " +
           std::to_string(group.step) + "/" + std::to_string(group.steps) + "  loss " + loss;
  }
  return text.empty() ? text : text + "  " + rate + " images/s";
}

void Coordinator::Desk::show(bool now) {
  if (!now && seconds_since(shown_) < kStatusEveryS) return;
  shown_ = Clock::now();
  const RunStatus is = status();
  if (!fault_ && !(all_over_at_start_ && std::filesystem::exists(folder_.status()))) write_status(folder_, is);
  if (options_.show) options_.show(is, progress_text(is));
}

void Coordinator::Desk::write_results() {
  std::vector<std::string> keys;
  for (const SpaceKey& key : options_.sweep.space) keys.push_back(key.key);
  write_file_durably(folder_.results(), results_csv(trials_, keys, options_.val));
  write_file_durably(folder_.results_jsonl(), results_jsonl(trials_));
}

void Coordinator::Desk::write_timing(const ActiveLease& lease, std::int64_t from_step, std::int64_t to_step,
                                     const std::string& end) {
  const bool is_new = !std::filesystem::exists(folder_.timing());
  std::ofstream out(folder_.timing(), std::ios::app);
  if (is_new) out << "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n";
  out << lease.trial << ',' << trial(lease.trial).record.starts << ',' << lease.members.size() << ','
      << ranks_[lease.members.front()].host << ',' << from_step << ',' << to_step << ',' << seconds_since(lease.granted)
      << ',' << end << ',' << utc_now() << '\n';
}

void Coordinator::Desk::run(RankNetwork& network) {
  network_ = &network;
  started_ = Clock::now();
  for (int rank = 0; rank < network.world(); ++rank) pulses_[rank];
  while (!finished_) {
    try {
      read_letters();
      mourn();
      watch_ranks();
      if (stop_.load()) stopping_ = true;
      if (!fault_ && lock_.lost()) lock_.check();
      if (stopping_ || fault_) {
        for (const auto& [id, lease] : leases_) end_lease(id);
        if (leases_.empty() && all_greeted()) {
          if (fault_) {
            finished_ = true;
            quit_all(Quit{static_cast<int>(fault_->kind()), fault_->what()});
          } else {
            run_state_ = "paused";
            write_results();
            finished_ = true;
            quit_all(Quit{static_cast<int>(ErrorKind::kStopped), ""});
          }
        }
      } else if (all_greeted() && (changed_ || seconds_since(scheduled_) > kScheduleEveryS)) {
        changed_ = false;
        if (idle_strangers_.size() == greeted_.size())
          throw Error(ErrorKind::kFailed, "no rank computes the bits of this run; start it on machines of its kind");
        decide();
      }
      if (!finished_) show(false);
    } catch (const Error& error) {
      if (!fault_) fault_ = error;
    } catch (const std::exception& error) {
      if (!fault_) fault_ = Error(ErrorKind::kFailed, error.what());
    }
    std::this_thread::sleep_for(kPause);
  }
}

Coordinator::Coordinator(CoordinatorOptions options, const RunFolder& folder, Ledger& ledger, RunLock& lock,
                         const std::atomic<bool>& stop)
    : desk_(std::make_unique<Desk>(std::move(options), folder, ledger, lock, stop)) {}

Coordinator::~Coordinator() = default;

void Coordinator::run(RankNetwork& network) { desk_->run(network); }
const std::vector<SweepTrial>& Coordinator::trials() const { return desk_->trials(); }
std::int64_t Coordinator::letters_read() const { return desk_->letters_read(); }
std::string Coordinator::choice_text() const { return desk_->choice_text(); }

}  // namespace unmask
