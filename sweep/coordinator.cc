#include "sweep/coordinator.h"

#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/seconds_since.h"
#include "sweep/lease_recorder.h"
#include "sweep/lease_table.h"
#include "sweep/liveness.h"
#include "sweep/messages.h"
#include "sweep/plan/scheduler.h"
#include "sweep/pool_view.h"
#include "sweep/rank_roster.h"
#include "sweep/status_view.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;
using Box = RankNetwork::Box;

constexpr auto kPause = std::chrono::milliseconds(2);
constexpr double kStatusEveryS = 1, kScheduleEveryS = 2, kResultsEveryS = 10;
constexpr int kTrialsFailed = 4;

/// Reads what the ranks tell, decides, grants leases, shows how far it is: again and again.
class CoordinatorLoop {
 public:
  CoordinatorLoop(const CoordinatorOptions& options, TrialTable& trials, const RunFolder& folder, RunLock& lock,
                  const std::atomic<bool>& stop, RankNetwork& network)
      : options_(options),
        trials_(trials),
        folder_(folder),
        lock_(lock),
        stop_(stop),
        network_(network),
        ranks_(network.world(), options.numerics, options.any_numerics),
        leases_(options.lease_cost_s),
        recorder_(trials, folder, lock),
        liveness_(network.world(), options.timeout_s),
        keeps_status_(trials.was_over() && status_tells_end(folder)) {}

  /// Returns how many messages it has read.
  std::int64_t run() {
    while (!finished_) {
      try {
        turn();
      } catch (const Error& error) {
        if (!fault_) fault_ = error;
      } catch (const std::exception& error) {
        if (!fault_) fault_ = Error(ErrorKind::kFailed, error.what());
      }
      std::this_thread::sleep_for(kPause);
    }
    return messages_read_;
  }

 private:
  void turn() {
    read_messages();
    look_for_lost_ranks();
    watch_ranks();
    if (stop_.load()) stopping_ = true;
    if (!fault_ && lock_.lost()) lock_.check();
    if (stopping_ || fault_) {
      wind_up();
    } else if (ranks_.all_greeted() && (changed_ || seconds_since(scheduled_) > kScheduleEveryS)) {
      changed_ = false;
      ranks_.require_workers();
      decide();
    }
    if (!finished_) show(false);
    if (!finished_ && !fault_ && seconds_since(grown_) > kResultsEveryS) {
      grown_ = Clock::now();
      trials_.grow_results();
    }
  }

  // ---- what the ranks tell

  void read_messages() {
    while (const auto message = network_.poll(Box::kCoordinator)) {
      ++messages_read_;
      if (ranks_.is_lost(message->from)) continue;
      std::visit([&](const auto& report) { handle(message->from, report); }, report_from(message->text));
    }
  }

  void handle(int rank, const RankFree& free) {
    if (!ranks_.hear(rank, free)) return note(ranks_.stranger_text(rank));
    leave(rank, free.lease);
    changed_ = true;
  }

  void handle(int /*rank*/, const LeaseNews& news) {
    const ActiveLease* lease = leases_.find(news.lease);
    if (lease == nullptr) return;
    const std::string who = trials_.trials().size() > 1 ? trial_name(lease->trial) + ": " : "";
    if (!news.note.empty()) note(who + news.note);
    if (!news.epoch.empty()) note(who + news.epoch);
    leases_.hear(news, trials_.trial(lease->trial).brief.microbatches, now_s());
  }

  void handle(int /*rank*/, const LeaseEnded& ended) {
    if (leases_.find(ended.lease) == nullptr) return;
    const ActiveLease& lease = leases_.mark_ended(ended.lease);
    changed_ = true;
    // Nobody here asked for it: a signal reached a rank of the group.
    if (!ended.fault && ended.result.end == LeaseEnd::kInterrupted && !lease.ending) stopping_ = true;
    // After a fault nothing more is written: the next start finds the trial running, with its checkpoint.
    if (!fault_) recorder_.record(lease, ended, surroundings(lease));
  }

  /// The rank's group can't go on, nor end: the others save what they have, then the job ends.
  void handle(int rank, const LeaseBroken& broken) {
    if (leases_.find(broken.lease) == nullptr) return;
    const bool is_news = leases_.mark_broken(broken.lease);
    const ActiveLease& lease = *leases_.find(broken.lease);
    const std::string text =
        trial_name(lease.trial) + ": " + ranks_.name(rank) + " has failed without its group: " + broken.fault.told();
    note(text);
    if (broken_.empty()) broken_ = text;
    stopping_ = true;
    if (!fault_ && is_news && !lease.score_test)
      recorder_.record(lease, LeaseEnded{broken.lease, {}, broken.fault}, surroundings(lease));
  }

  void handle(int /*rank*/, const StopAsked&) { stopping_ = true; }
  void handle(int rank, const Heartbeat& beat) {
    liveness_.hear(rank, beat, now_s());
    ranks_.hear(rank, beat);
  }

  /// Where MPI survives the death of ranks: their groups end their leases, all others go on.
  void look_for_lost_ranks() {
    for (const int rank : network_.lost()) {
      if (!ranks_.lose(rank)) continue;
      ranks_died_ = changed_ = true;
      liveness_.forget(rank);
      note(ranks_.name(rank) + " has died; the sweep goes on with " + std::to_string(ranks_.living()) + " of " +
           std::to_string(ranks_.world()) + " ranks");
      if (const auto lease = leases_.of_rank(rank)) leave(rank, *lease);
    }
  }

  /// The last one out ends the lease. Where nobody has told how it ended, a member died.
  void leave(int rank, int id) {
    const auto lease = leases_.leave(rank, id);
    if (!lease || lease->ended) return;
    ranks_died_ = true;
    if (!fault_) recorder_.record_death(*lease, surroundings(*lease));
  }

  /// An alarm if a rank gives no sign of life.
  void watch_ranks() {
    if (!liveness_.is_time(now_s())) return;
    const auto gone = liveness_.alarm(leases_.watched(), now_s());
    if (gone && options_.on_stall) options_.on_stall(*gone);
  }

  // ---- what follows from it

  void decide() {
    trials_.settle();
    if (trials_.all_over() && leases_.all().empty()) {
      trials_.ledger().commit();
      return score_chosen() ? void() : finish();
    }
    scheduled_ = Clock::now();
    std::vector<LeaseOrder> orders;
    for (const auto& [numerics, members] : ranks_.classes()) {
      const Schedule plan = schedule(pool_view(trials_, leases_, ranks_, numerics));
      for (const int id : plan.end_leases) ask_to_end(id);
      for (const auto& [trial, group] : plan.grants)
        orders.push_back(trials_.start_training(trial, group, ranks_.numerics_of(group.front())));
    }
    trials_.ledger().commit();  // all that this pass brought and decided, before anyone acts on it
    for (const LeaseOrder& order : orders) grant(order);
  }

  /// Datasets marked `test` are scored once, for the chosen trials, with all ranks of the largest class: scores must
  /// not depend on who scored which batch. True while there is something to score.
  bool score_chosen() {
    const std::vector<int> group = ranks_.largest_free_class();
    if (!options_.score_test || group.empty()) return false;
    const std::optional<int> chosen = trials_.unscored_choice();
    if (!chosen) return false;
    grant(trials_.start_scoring(*chosen, group));
    return true;
  }

  void grant(LeaseOrder order) {
    order.ranks_died = ranks_died_;
    order.lease = leases_.open(order.trial, order.members, order.score_test, now_s());
    for (const int member : order.members) {
      liveness_.restart(member, now_s());
      ranks_.take(member);
      send(member, order);
    }
  }

  void ask_to_end(int id) {
    if (leases_.ask_to_end(id)) send(leases_.find(id)->members.front(), EndLease{id});
  }

  void finish() {
    const int failed = trials_.failed();
    const int fault_code = options_.one_trial ? static_cast<int>(trials_.last_fault()) : kTrialsFailed;
    trials_.write_results();
    if (failed == 0) return quit("done", Quit{0, ""});
    reason_ = std::to_string(failed) + " of " + std::to_string(trials_.trials().size()) + " trials failed";
    quit("failed", Quit{fault_code, ""});
  }

  /// Every lease is asked to end; once the last has, the run ends: with its fault, done, or paused.
  void wind_up() {
    for (const auto& [id, lease] : leases_.all()) ask_to_end(id);
    if (!fault_) trials_.ledger().commit();
    if (!broken_.empty() && !leases_.any_whole()) {
      if (options_.on_stall) options_.on_stall(broken_);
      return quit(run_state_, Quit{static_cast<int>(ErrorKind::kStopped), broken_});  // where that returns: in tests
    }
    if (!leases_.all().empty() || !ranks_.all_greeted()) return;
    if (fault_) {
      quit(run_state_, Quit{static_cast<int>(fault_->kind()), fault_->what()});
    } else if (trials_.all_over() && !(options_.score_test && trials_.unscored_choice())) {
      finish();  // the stop came when nothing was left to do
    } else {
      trials_.write_results();
      quit("paused", Quit{static_cast<int>(ErrorKind::kStopped), ""});
    }
  }

  void quit(const std::string& run_state, const Quit& quit) {
    run_state_ = run_state;
    finished_ = true;
    show(true);
    for (int rank = 0; rank < ranks_.world(); ++rank) send(rank, quit);
  }

  // ---- what people see

  void show(bool now) {
    if (!now && seconds_since(shown_) < kStatusEveryS) return;
    shown_ = Clock::now();
    RunStatus status = status_view(trials_.trials(), leases_, ranks_);
    status.run_state = run_state_;
    status.reason = reason_;
    if (finished_) status.eta_s = 0;
    status.elapsed_s = now_s();
    status.predicted_s = options_.predicted_s;
    status.mode = to_word(trials_.sweep().mode);
    if (!fault_ && !keeps_status_) write_status(folder_, status);
    if (options_.show) options_.show(status, progress_text(status, trials_.trials(), leases_));
  }

  LeaseSurroundings surroundings(const ActiveLease& lease) const {
    return {ranks_.host(lease.members.front()), now_s() - lease.granted_s, stopping_};
  }
  void note(const std::string& text) const {
    if (options_.note) options_.note(text);
  }
  void send(int rank, const Instruction& instruction) { network_.send(rank, Box::kWorker, to_text(instruction)); }
  double now_s() const { return seconds_since(started_); }

  const CoordinatorOptions& options_;
  TrialTable& trials_;
  const Ledger::Batch batch_{trials_.ledger()};  // after a fault what waits is dropped
  const RunFolder& folder_;
  RunLock& lock_;
  const std::atomic<bool>& stop_;
  RankNetwork& network_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point shown_ = started_, scheduled_ = started_, grown_ = started_;
  RankRoster ranks_;
  LeaseTable leases_;
  LeaseRecorder recorder_;
  Liveness liveness_;
  bool ranks_died_ = false;  // also one whose death only its group has seen so far
  bool stopping_ = false, changed_ = true, finished_ = false;
  const bool keeps_status_;  // there is nothing to do: the status of the start that did the work stands
  std::optional<Error> fault_;
  std::string run_state_ = "running", reason_;
  std::string broken_;  // a lease that can't end, and why; "" = none
  std::int64_t messages_read_ = 0;
};

}  // namespace

Coordinator::Coordinator(CoordinatorOptions options, TrialTable& trials, const RunFolder& folder, RunLock& lock,
                         const std::atomic<bool>& stop)
    : options_(std::move(options)), trials_(trials), folder_(folder), lock_(lock), stop_(stop) {}

void Coordinator::run(RankNetwork& network) {
  messages_read_ = CoordinatorLoop(options_, trials_, folder_, lock_, stop_, network).run();
}

}  // namespace unmask
