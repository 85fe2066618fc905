#include "sweep/coordinator.h"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/host_name.h"
#include "base/seconds_since.h"
#include "sweep/heartbeat.h"
#include "sweep/liveness.h"
#include "sweep/messages.h"
#include "sweep/plan/scheduler.h"
#include "sweep/plan/trial_lifecycle.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;
using Box = RankNetwork::Box;

constexpr auto kPause = std::chrono::milliseconds(2);
constexpr double kStatusEveryS = 1, kScheduleEveryS = 2;
constexpr int kLeadersShown = 5, kTrialsFailed = 4;

/// A start that was killed as it ended leaves a status that says otherwise.
bool tells_of_the_end(const RunFolder& folder) {
  try {
    const std::string state = read_status(folder).run_state;
    return state == "done" || state == "failed";
  } catch (const Error&) {
    return false;
  }
}

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
  Desk(CoordinatorOptions options, TrialBook& book, const RunFolder& folder, RunLock& lock,
       const std::atomic<bool>& stop)
      : options_(std::move(options)),
        book_(book),
        folder_(folder),
        lock_(lock),
        stop_(stop),
        lease_cost_s_(options_.lease_cost_s) {}
  void run(RankNetwork& network);
  std::int64_t letters_read() const { return letters_read_; }

 private:
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

  // What follows from it.
  void decide();
  void grant_leases();
  void grant_leases(const std::string& numerics, const std::set<int>& ranks, double share_of_fresh);
  void grant(int trial_id, const std::vector<int>& members, bool score_test);
  void end_lease(int id);
  bool score_chosen();
  void finish();
  void wind_up();

  TrialLoad load_of(const SweepTrial& trial) const;
  const ActiveLease* lease_of(int trial_id) const;
  std::map<std::string, std::set<int>> ranks_by_numerics() const;

  // What people see.
  RunStatus status() const;
  std::string progress_text(const RunStatus& status) const;
  void show(bool now);
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
  TrialBook& book_;
  RunFolder folder_;
  RunLock& lock_;
  const std::atomic<bool>& stop_;
  RankNetwork* network_ = nullptr;

  std::map<int, ActiveLease> leases_;
  std::map<int, int> lease_of_trial_;
  std::set<int> free_ranks_, greeted_, idle_strangers_;  // living ranks
  std::map<int, std::string> numerics_;                  // of the ranks that have greeted
  std::set<int> dead_;
  bool ranks_died_ = false;  // also one whose death only its group has seen so far
  std::map<int, RankStatus> ranks_;
  std::optional<Liveness> liveness_;    // from run() on
  std::map<int, double> microbatch_s_;  // by trial, measured
  double sum_microbatch_s_ = 0;
  int last_lease_ = 0;
  std::int64_t letters_read_ = 0;
  bool stopping_ = false, changed_ = true, finished_ = false;
  bool keeps_status_ = false;  // there is nothing to do: the status of the start that did the work stands
  std::optional<Error> fault_;
  double lease_cost_s_;
  std::string run_state_ = "running", reason_;
  Clock::time_point started_ = Clock::now(), shown_ = started_, scheduled_ = started_;
};

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
    numerics_[rank] = free.numerics;
    if (free.numerics != options_.numerics && !options_.any_numerics) {
      idle_strangers_.insert(rank);
      note("rank " + std::to_string(rank) + " on " + free.host + " computes other bits than this run (" +
           free.numerics + ", the run: " + options_.numerics + "): it gets no work unless runtime.numerics = \"any\"");
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
    ranks_died_ = true;
    for (std::set<int>* ranks : {&free_ranks_, &greeted_, &idle_strangers_}) ranks->erase(rank);
    liveness_->forget(rank);
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
  ranks_died_ = true;
  if (fault_) return;
  lock_.check();
  write_timing(lease, book_.trial(lease.trial).record.start_step, lease.news.step.step, "rank died");
  if (lease.score_test) return;
  book_.keep_failure(lease.trial, {.cause = Cause::kPeerLost, .text = "a rank of its group died"});
}

void Coordinator::Desk::handle(int /*rank*/, const LeaseNews& news) {
  const auto lease = leases_.find(news.lease);
  if (lease == leases_.end()) return;
  ActiveLease& active = lease->second;
  const bool several = book_.trials().size() > 1;
  const std::string who = several ? trial_name(active.trial) + ": " : std::string();
  if (!news.note.empty()) note(who + news.note);
  if (!news.epoch.empty()) note(who + news.epoch);
  const SweepTrial& its = book_.trial(active.trial);
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
  liveness_->hear(rank, beat, seconds_since(started_));
}

/// An alarm if a rank gives no sign of life.
void Coordinator::Desk::watch_ranks() {
  const double now = seconds_since(started_);
  if (!liveness_->is_time(now)) return;
  std::vector<WatchedLease> watched;
  for (const auto& [id, lease] : leases_)
    watched.push_back({id, lease.trial, lease.news.step.step, lease.news.step_s, lease.members});
  const auto gone = liveness_->alarm(watched, now);
  if (gone && options_.on_stall) options_.on_stall(*gone);
}

void Coordinator::Desk::handle(int /*rank*/, const LeaseEnded& ended) {
  const auto found = leases_.find(ended.lease);
  if (found == leases_.end()) return;
  ActiveLease& lease = found->second;
  lease.ended = true;
  changed_ = true;
  // Nobody here asked for it: a signal reached a rank of the group.
  if (!ended.fault && ended.result.end == LeaseEnd::kStopped && !lease.ending) stopping_ = true;
  if (fault_) return;  // nothing more is written: the next start finds the trial running, with its checkpoint
  lock_.check();
  if (lease.score_test) {
    if (ended.fault) {
      throw Error(ended.fault->kind, trial_name(lease.trial) + ": scoring on data.test: " + ended.fault->told(),
                  ended.fault->cause);
    }
    book_.keep_test(lease.trial, ended.result.test);
    return;
  }
  const std::int64_t from = book_.trial(lease.trial).record.start_step;
  if (!ended.fault) {
    book_.keep_result(lease.trial, ended.result, stopping_);
    write_timing(lease, from, ended.result.step,
                 ended.result.end == LeaseEnd::kTrialDone ? "done"
                 : stopping_                              ? "paused"
                 : lease.ending                           ? "regrouped"
                                                          : "rung");
  } else {
    book_.keep_failure(lease.trial, *ended.fault);
    write_timing(lease, from, lease.news.step.step, "failed");
  }
}

// ---- what follows from it

const ActiveLease* Coordinator::Desk::lease_of(int trial_id) const {
  const auto lease = lease_of_trial_.find(trial_id);
  return lease == lease_of_trial_.end() ? nullptr : &leases_.at(lease->second);
}

void Coordinator::Desk::decide() {
  book_.settle();
  if (book_.all_over() && leases_.empty() && !score_chosen()) {
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
  const auto classes = ranks_by_numerics();
  std::size_t ranks = 0;
  for (const auto& [numerics, members] : classes) ranks += members.size();
  for (const auto& [numerics, members] : classes)
    grant_leases(numerics, members, static_cast<double>(members.size()) / static_cast<double>(ranks));
}

/// Ranks that may work together. One class, unless runtime.numerics = "any".
std::map<std::string, std::set<int>> Coordinator::Desk::ranks_by_numerics() const {
  std::map<std::string, std::set<int>> classes;
  for (const int rank : greeted_) {
    if (!idle_strangers_.contains(rank)) classes[numerics_.at(rank)].insert(rank);
  }
  return classes;
}

/// A pool of its own for each class. A trial stays with its class while ranks of it are here; of the others a class is
/// offered its share.
void Coordinator::Desk::grant_leases(const std::string& numerics, const std::set<int>& ranks, double share_of_fresh) {
  PoolState pool;
  pool.mode = book_.sweep().mode;
  pool.group_size = book_.sweep().group_size;
  pool.ranks = static_cast<int>(ranks.size());
  std::ranges::set_intersection(free_ranks_, ranks, std::back_inserter(pool.free_ranks));
  pool.lease_cost_s = lease_cost_s_;
  const std::vector<int> holding = book_.holding_up();
  const auto load = [&](const SweepTrial& its) {
    TrialLoad is = load_of(its);
    is.holds_up_others = std::ranges::find(holding, its.record.id) != holding.end();
    return is;
  };
  const auto classes = ranks_by_numerics();
  std::vector<TrialLoad> fresh;
  for (const SweepTrial& its : book_.trials()) {
    if (!book_.needs_ranks(its) || lease_of(its.record.id) != nullptr) continue;
    const std::string home = its.record.numerics.empty() ? "" : its.record.numerics.back();
    if (home == numerics) pool.waiting.push_back(load(its));
    if (!classes.contains(home)) fresh.push_back(load(its));
  }
  fresh.resize(static_cast<std::size_t>(std::ceil(static_cast<double>(fresh.size()) * share_of_fresh)));
  pool.waiting.insert(pool.waiting.end(), fresh.begin(), fresh.end());
  std::ranges::sort(pool.waiting, {}, &TrialLoad::trial);
  for (const auto& [id, lease] : leases_) {
    if (!lease.score_test && !lease.ended && ranks.contains(lease.members.front()))
      pool.running.push_back({load(book_.trial(lease.trial)), id, lease.members, lease.ending});
  }
  const Schedule plan = schedule(pool);
  for (const int id : plan.end_leases) end_lease(id);
  for (const Grant& grants : plan.grants) grant(grants.trial, grants.ranks, /*score_test=*/false);
}

void Coordinator::Desk::grant(int trial_id, const std::vector<int>& members, bool score_test) {
  LeaseOrder order;
  order.lease = ++last_lease_;
  order.trial = trial_id;
  order.members = members;
  order.score_test = score_test;
  order.ranks_died = ranks_died_;
  order.config = book_.trial(trial_id).brief.config;
  order.attempt = book_.trial(trial_id).record.starts;
  if (!score_test) {
    const LeaseStart start = book_.start_lease(trial_id, numerics_.at(members.front()));
    order.attempt = start.attempt;
    order.until_step = start.until_step;
    note(trial_name(trial_id) + (start.first ? " starts" : " goes on from step " + std::to_string(start.checkpoint)) +
         ", on " + std::to_string(members.size()) + (members.size() == 1 ? " rank" : " ranks"));
  }
  ActiveLease lease;
  lease.trial = trial_id;
  lease.members = members;
  lease.still_in = {members.begin(), members.end()};
  lease.score_test = score_test;
  leases_[order.lease] = lease;
  lease_of_trial_[trial_id] = order.lease;
  for (const int member : members) {
    liveness_->restart(member, seconds_since(started_));
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

/// Datasets marked `test` are scored once, for the chosen trials, with all ranks.
/// True while there is something to score.
bool Coordinator::Desk::score_chosen() {
  if (!options_.score_test || free_ranks_.empty()) return false;
  const std::optional<int> chosen = book_.unscored_choice();
  if (!chosen) return false;
  // Of one class, the largest: scores must not depend on who scored which batch.
  std::vector<int> group;
  for (const auto& [numerics, ranks] : ranks_by_numerics()) {
    std::vector<int> free;
    std::ranges::set_intersection(free_ranks_, ranks, std::back_inserter(free));
    if (free.size() > group.size()) group = free;
  }
  note(trial_name(*chosen) + " was chosen: scoring it on data.test");
  grant(*chosen, group, /*score_test=*/true);
  return true;
}

void Coordinator::Desk::finish() {
  book_.write_results();
  const int failed = book_.failed();
  run_state_ = failed > 0 ? "failed" : "done";
  if (failed > 0) reason_ = std::to_string(failed) + " of " + std::to_string(book_.trials().size()) + " trials failed";
  finished_ = true;
  const int fault_code = options_.one_trial ? static_cast<int>(book_.last_fault()) : kTrialsFailed;
  quit_all(Quit{failed == 0 ? 0 : fault_code, ""});
}

/// Every lease is asked to end; once the last has, the run ends: with its fault, done, or paused.
void Coordinator::Desk::wind_up() {
  for (const auto& [id, lease] : leases_) end_lease(id);
  if (!leases_.empty() || !all_greeted()) return;
  if (fault_) {
    finished_ = true;
    quit_all(Quit{static_cast<int>(fault_->kind()), fault_->what()});
  } else if (book_.all_over() && !(options_.score_test && book_.unscored_choice())) {
    finish();  // the stop came when nothing was left to do
  } else {
    book_.write_results();
    run_state_ = "paused";
    finished_ = true;
    quit_all(Quit{static_cast<int>(ErrorKind::kStopped), ""});
  }
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
  for (const SweepTrial& its : book_.trials()) ++status.trials[to_word(its.record.state)];
  for (const auto& [id, lease] : leases_) {
    if (lease.ended) continue;
    const auto& step = lease.news.step;
    GroupStatus group{lease.trial,       lease.members,
                      step.step,         book_.trial(lease.trial).brief.steps(),
                      step.epoch,        book_.trial(lease.trial).brief.epochs,
                      step.images_per_s, -1};
    if (microbatch_s_.contains(lease.trial))
      group.eta_s = seconds_left(load_of(book_.trial(lease.trial)), static_cast<int>(lease.members.size()));
    status.images_per_s += group.images_per_s;
    status.groups.push_back(group);
  }
  double work_s = 0, longest_s = 0;
  for (const SweepTrial& its : book_.trials()) {
    if (!is_over(its.record.state) && its.record.drawn) work_s += seconds_left(load_of(its), 1);
  }
  for (const GroupStatus& group : status.groups) longest_s = std::max(longest_s, group.eta_s);
  if (!microbatch_s_.empty()) status.eta_s = std::max(longest_s, work_s / std::max(1, living()));
  if (finished_) status.eta_s = 0;
  for (const int id : ranking(ranked(book_.trials()))) {
    const SweepTrial& its = book_.trial(id);
    if (its.record.objective.empty() || its.record.state == TrialState::kFailed) continue;
    if (static_cast<int>(status.leaders.size()) == kLeadersShown) break;
    status.leaders.push_back({id, to_word(its.record.state), train_set(its.brief.train), its.record.objective,
                              its.record.best_epoch, point_text(its.record.point)});
  }
  for (const auto& [rank, seconds] : ranks_) status.ranks.push_back(seconds);
  status.elapsed_s = seconds_since(started_);
  status.predicted_s = options_.predicted_s;
  status.mode = to_word(book_.sweep().mode);
  status.host = host_name();
  status.pid = ::getpid();
  status.updated = utc_now();
  return status;
}

std::string Coordinator::Desk::progress_text(const RunStatus& status) const {
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.1f", status.images_per_s);
  std::string text;
  if (book_.trials().size() > 1) {
    int over = 0;
    for (const SweepTrial& its : book_.trials()) over += is_over(its.record.state) ? 1 : 0;
    text = std::to_string(over) + "/" + std::to_string(book_.trials().size()) + " trials, " +
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
  if (!fault_ && !keeps_status_) write_status(folder_, is);
  if (options_.show) options_.show(is, progress_text(is));
}

void Coordinator::Desk::write_timing(const ActiveLease& lease, std::int64_t from_step, std::int64_t to_step,
                                     const std::string& end) {
  const bool is_new = !std::filesystem::exists(folder_.timing());
  std::ofstream out(folder_.timing(), std::ios::app);
  if (is_new) out << "trial,attempt,ranks,host,from_step,to_step,wall_s,end,ended\n";
  out << lease.trial << ',' << book_.trial(lease.trial).record.starts << ',' << lease.members.size() << ','
      << ranks_[lease.members.front()].host << ',' << from_step << ',' << to_step << ',' << seconds_since(lease.granted)
      << ',' << end << ',' << utc_now() << '\n';
}

void Coordinator::Desk::run(RankNetwork& network) {
  network_ = &network;
  started_ = Clock::now();
  liveness_.emplace(network.world(), options_.timeout_s);
  keeps_status_ = book_.was_over() && tells_of_the_end(folder_);
  while (!finished_) {
    try {
      read_letters();
      mourn();
      watch_ranks();
      if (stop_.load()) stopping_ = true;
      if (!fault_ && lock_.lost()) lock_.check();
      if (stopping_ || fault_) {
        wind_up();
      } else if (all_greeted() && (changed_ || seconds_since(scheduled_) > kScheduleEveryS)) {
        changed_ = false;
        if (idle_strangers_.size() == greeted_.size())
          throw Error(
              ErrorKind::kFailed,
              "no rank computes the bits of this run (" + options_.numerics + "; rank 0: " + numerics_.at(0) +
                  "); start it on machines of its kind, or set runtime.numerics = \"any\": it then goes on, and "
                  "says of each trial where it was trained");
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

Coordinator::Coordinator(CoordinatorOptions options, TrialBook& book, const RunFolder& folder, RunLock& lock,
                         const std::atomic<bool>& stop)
    : desk_(std::make_unique<Desk>(std::move(options), book, folder, lock, stop)) {}

Coordinator::~Coordinator() = default;

void Coordinator::run(RankNetwork& network) { desk_->run(network); }
std::int64_t Coordinator::letters_read() const { return desk_->letters_read(); }

}  // namespace unmask
