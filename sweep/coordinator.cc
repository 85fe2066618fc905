#include "sweep/coordinator.h"

#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/seconds_since.h"
#include "sweep/messages.h"
#include "sweep/plan/scheduler.h"
#include "sweep/pool_view.h"
#include "sweep/rank_reports.h"
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
        told_(options, network.world(), trials, folder, lock),
        keeps_status_(trials.was_over() && !is_to_score() && status_tells_end(folder)) {}

  /// Returns how many messages it has read.
  std::int64_t run() {
    while (!finished_) {
      try {
        turn();
      } catch (const Error& error) {
        keep_fault(error);
      } catch (const std::exception& error) {
        keep_fault(Error(ErrorKind::kFailed, error.what()));
      }
      std::this_thread::sleep_for(kPause);
    }
    return messages_read_;
  }

 private:
  void turn() {
    listen();
    if (told_.stopping() || fault_) {
      wind_up();
    } else if (ranks().all_greeted() && (told_.take_change() || seconds_since(scheduled_) > kScheduleEveryS)) {
      ranks().require_workers();
      decide();
    }
    if (!finished_) show(false);
    if (!finished_ && !fault_ && seconds_since(grown_) > kResultsEveryS) {
      grown_ = Clock::now();
      trials_.grow_results();
    }
  }

  void keep_fault(const Error& fault) {
    if (!fault_) fault_ = fault;
    told_.stop_recording();
  }

  void listen() {
    while (const auto message = network_.poll(Box::kCoordinator)) {
      ++messages_read_;
      told_.hear(message->from, report_from(message->text));
    }
    for (const int rank : network_.lost()) told_.lose(rank);
    told_.watch();
    if (stop_.load()) told_.stop();
    if (!fault_ && lock_.lost()) lock_.check();
  }

  // ---- what follows from it

  void decide() {
    trials_.settle();
    if (trials_.all_over() && leases().all().empty()) {
      trials_.ledger().commit();
      return score_chosen() ? void() : finish();
    }
    scheduled_ = Clock::now();
    std::vector<LeaseOrder> orders;
    for (const auto& [numerics, members] : ranks().classes()) {
      const Schedule plan = schedule(pool_view(trials_, leases(), ranks(), numerics, options_.gpu_of));
      for (const int id : plan.end_leases) ask_to_end(id);
      for (const auto& [trial, group] : plan.grants)
        orders.push_back(trials_.start_training(trial, group, ranks().numerics_of(group.front())));
    }
    trials_.ledger().commit();  // all that this pass brought and decided, before anyone acts on it
    for (const LeaseOrder& order : orders) grant(order);
  }

  /// Datasets marked `test` are scored once, for the chosen trials, with all ranks of the largest class, one a GPU:
  /// scores must not depend on who scored which batch. True while there is something to score.
  bool score_chosen() {
    const std::vector<int> group = one_of_each_gpu(ranks().largest_free_class(), options_.gpu_of);
    if (!is_to_score() || group.empty()) return false;
    grant(trials_.start_scoring(*trials_.unscored_choice(), group));
    return true;
  }

  bool is_to_score() const { return options_.score_test && trials_.unscored_choice().has_value(); }

  void grant(const LeaseOrder& wanted) {
    const LeaseOrder order = told_.open(wanted);
    for (const int member : order.members) send(member, order);
  }

  void ask_to_end(int id) {
    if (told_.ask_to_end(id)) send(leases().find(id)->members.front(), EndLease{id});
  }

  void finish() {
    const int failed = trials_.failed();
    const int fault_code = options_.one_trial ? static_cast<int>(trials_.last_fault()) : kTrialsFailed;
    trials_.write_results();
    if (const auto& unscored = trials_.test_failures(); !unscored.empty()) {
      reason_ = trial_name(unscored.begin()->first) + " was chosen, but has no scores on data.test";
      return quit("failed", Quit{static_cast<int>(unscored.begin()->second.kind), ""});
    }
    if (failed == 0) return quit("done", Quit{0, ""});
    reason_ = std::to_string(failed) + " of " + std::to_string(trials_.trials().size()) + " trials failed";
    quit("failed", Quit{fault_code, ""});
  }

  /// Every lease is asked to end; once the last has, the run ends: with its fault, done, or paused.
  void wind_up() {
    for (const auto& [id, lease] : leases().all()) ask_to_end(id);
    if (!fault_) trials_.ledger().commit();
    if (!told_.broken().empty() && !leases().any_whole()) {
      if (options_.on_stall) options_.on_stall(told_.broken());
      return quit(run_state_,
                  Quit{static_cast<int>(ErrorKind::kStopped), told_.broken()});  // where that returns: in tests
    }
    if (!leases().all().empty() || !ranks().all_greeted()) return;
    if (fault_) {
      quit(run_state_, Quit{static_cast<int>(fault_->kind()), fault_->what()});
    } else if (trials_.all_over() && !is_to_score()) {
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
    for (int rank = 0; rank < ranks().world(); ++rank) send(rank, quit);
  }

  // ---- what people see

  void show(bool now) {
    if (!now && seconds_since(shown_) < kStatusEveryS) return;
    shown_ = Clock::now();
    RunStatus status = status_view(trials_.trials(), leases(), ranks());
    status.run_state = run_state_;
    status.reason = reason_;
    if (finished_) status.eta_s = 0;
    status.elapsed_s = told_.now_s();
    status.predicted_s = options_.predicted_s;
    status.mode = to_word(trials_.sweep().mode);
    if (!fault_ && !keeps_status_) write_status(folder_, status);
    if (options_.show) options_.show(status, progress_text(status, trials_.trials(), leases()));
  }

  void send(int rank, const Instruction& instruction) { network_.send(rank, Box::kWorker, to_text(instruction)); }
  const RankRoster& ranks() const { return told_.ranks(); }
  const LeaseTable& leases() const { return told_.leases(); }

  const CoordinatorOptions& options_;
  TrialTable& trials_;
  const Ledger::Batch batch_{trials_.ledger()};  // after a fault what waits is dropped
  const RunFolder& folder_;
  RunLock& lock_;
  const std::atomic<bool>& stop_;
  RankNetwork& network_;
  Clock::time_point shown_ = Clock::now(), scheduled_ = shown_, grown_ = shown_;
  RankReports told_;
  bool finished_ = false;
  const bool keeps_status_;  // there is nothing to do: the status of the start that did the work stands
  std::optional<Error> fault_;
  std::string run_state_ = "running", reason_;
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
