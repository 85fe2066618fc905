#include "sweep/group_worker.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/host_name.h"
#include "base/seconds_since.h"
#include "base/trace.h"
#include "dist/agreement.h"
#include "sweep/heartbeat.h"
#include "sweep/run/trial_log.h"

namespace unmask {
namespace {

using Clock = std::chrono::steady_clock;
using Box = RankNetwork::Box;

constexpr auto kPause = std::chrono::milliseconds(2);
constexpr double kNewsEveryS = 0.3;

/// RankSeconds that the heartbeat reads while the rank works.
struct LiveSeconds {
  std::atomic<double> load_s = 0, compute_s = 0, exposed_s = 0, optimizer_s = 0, lease_s = 0, idle_s = 0;
  RankSeconds now() const { return {load_s, compute_s, exposed_s, optimizer_s, lease_s, idle_s}; }
};

/// Reads the rank's messages and tells the coordinator how far the lease is, step by step.
class LeaseObserver final : public TrainObserver {
 public:
  LeaseObserver(RankNetwork& network, const LeaseOrder& order, const std::atomic<bool>& stop, LiveSeconds& seconds,
                Progress& progress)
      : network_(network),
        order_(order),
        stop_(stop),
        seconds_(seconds),
        progress_(progress),
        leads_(order.members.front() == network.rank()) {}

  const std::atomic<bool>& lease_stop() const { return lease_stop_; }

  void on_progress(const char* doing) override {
    progress_.advance(doing);
    look_for_stop();
  }
  void on_step(const StepNews& step) override {
    seconds_.load_s += step.load_s;
    seconds_.compute_s += step.forward_s + step.backward_s;
    seconds_.exposed_s += step.exposed_s;
    seconds_.optimizer_s += step.optimizer_s;
    look_for_stop();
    const double step_s = seconds_since(last_step_);
    last_step_ = Clock::now();
    if (!leads_) return;
    // The first step of a lease also pays for warming up.
    if (steps_++ > 0) news_.step_s = news_.step_s > 0 ? 0.8 * news_.step_s + 0.2 * step_s : step_s;
    news_.step = step;
    if (steps_ == 1 || seconds_since(last_news_) >= kNewsEveryS) send_news();
  }
  void on_epoch(const EpochRow& row, int epochs) override {
    news_.score_s = seconds_since(last_step_);
    last_step_ = Clock::now();  // scoring is no part of a step
    if (!leads_) return;
    news_.epoch = epoch_text(row, epochs);
    send_news();
  }
  void on_note(const std::string& text) override {
    if (!leads_) return;
    news_.note = text;
    send_news();
  }

 private:
  void look_for_stop() {
    if (stop_.load()) lease_stop_ = true;
    while (const auto message = network_.poll(Box::kWorker)) {
      const Instruction instruction = instruction_from(message->text);
      const auto* end = std::get_if<EndLease>(&instruction);
      if (end == nullptr) throw std::logic_error("got an order during a lease: " + message->text.substr(0, 200));
      if (end->lease == order_.lease) lease_stop_ = true;
    }
  }
  void send_news() {
    last_news_ = Clock::now();
    news_.lease = order_.lease;
    network_.send(kCoordinatorRank, Box::kCoordinator, to_text(Report(news_)));
    news_.epoch.clear();
    news_.note.clear();
  }

  RankNetwork& network_;
  const LeaseOrder& order_;
  const std::atomic<bool>& stop_;
  LiveSeconds& seconds_;
  Progress& progress_;
  bool leads_;
  std::atomic<bool> lease_stop_ = false;
  LeaseNews news_;
  int steps_ = 0;
  Clock::time_point last_news_ = Clock::now(), last_step_ = Clock::now();
};

class GroupWorker {
 public:
  GroupWorker(RankNetwork& network, const WorkerOptions& options) : network_(network), options_(options) {}

  Quit run() {
    const HeartbeatThread heartbeat(network_, progress_, lease_, options_.timeout_s, options_.on_silence,
                                    [this] { return seconds_so_far(); });
    tell_free(0);
    auto idle_since = Clock::now();
    while (true) {
      const auto message = network_.poll(Box::kWorker);
      if (!message) {
        tell_stop();
        std::this_thread::sleep_for(kPause);
        continue;
      }
      const Instruction instruction = instruction_from(message->text);
      if (const auto* quit = std::get_if<Quit>(&instruction)) return *quit;
      // The end of a lease may cross its last step: then there is nothing left to end.
      const auto* order = std::get_if<LeaseOrder>(&instruction);
      if (order == nullptr) continue;
      seconds_.idle_s += seconds_since(idle_since);
      const auto began = Clock::now();
      try {
        work_on(*order, began);
      } catch (const std::exception& error) {
        tell_broken(order->lease, error);
      }
      idle_since = Clock::now();
    }
  }

 private:
  void work_on(const LeaseOrder& order, Clock::time_point began) {
    const TraceSpan span("lease", order.lease);
    lease_ = order.lease;
    progress_.advance(kMakingGroup);
    std::unique_ptr<Communicator>& group = group_;
    LeaseEnded ended;
    ended.lease = order.lease;
    try {
      group = make_group(order);
      train(order, *group, ended);
      group->close();
      if (group->rank() == 0) network_.send(kCoordinatorRank, Box::kCoordinator, to_text(Report(ended)));
    } catch (const PeerLost& lost) {
      // The coordinator sees the death by itself. The others of the group must not wait for this rank.
      if (group) group->abort(lost.what());
    }
    group.reset();
    lease_ = 0;
    seconds_.lease_s += seconds_since(began);
    tell_free(order.lease, ended.fault ? options_.unfit() : "");
  }

  /// The rank stays with its group, which waits for it, until the coordinator has ended the job.
  void tell_broken(int lease, const std::exception& error) {
    progress_.advance("failed");
    const auto* known = dynamic_cast<const Error*>(&error);
    const Fault fault = known != nullptr ? known->fault() : Fault{.text = error.what()};
    network_.send(kCoordinatorRank, Box::kCoordinator, to_text(Report(LeaseBroken{lease, fault})));
  }

  void train(const LeaseOrder& order, Communicator& group, LeaseEnded& ended) {
    progress_.advance("opening");
    LeaseObserver observer(network_, order, *options_.stop, seconds_, progress_);
    try {
      ended.result = options_.train(order, group, observer, observer.lease_stop());
    } catch (const AgreedError& error) {
      ended.fault = error.fault();
    } catch (const std::exception&) {
      if (group.world() > 1) throw;  // peers may wait for this rank in a collective
      ended.fault = current_fault();
      ended.fault->during = "the lease";
    }
  }

  std::unique_ptr<Communicator> make_group(const LeaseOrder& order) {
    const Progress::InCollective in(progress_, "making the group", order.lease);
    return watched(network_.make_group(order.members, order.lease, order.ranks_died), progress_);
  }

  /// With what has gone of the lease, or of the wait for one.
  RankSeconds seconds_so_far() const {
    RankSeconds seconds = seconds_.now();
    const double rest_s = std::max(0.0, seconds_since(start_) - seconds.lease_s - seconds.idle_s);
    (lease_ != 0 ? seconds.lease_s : seconds.idle_s) += rest_s;
    return seconds;
  }

  void tell_free(int lease, const std::string& unfit = "") {
    network_.send(kCoordinatorRank, Box::kCoordinator,
                  to_text(Report(RankFree{lease, options_.numerics, host_name(), seconds_.now(), unfit})));
  }

  /// Once: a signal may reach one rank only.
  void tell_stop() {
    if (told_stop_ || !options_.stop->load()) return;
    told_stop_ = true;
    network_.send(kCoordinatorRank, Box::kCoordinator, to_text(Report(StopAsked{})));
  }

  RankNetwork& network_;
  const WorkerOptions& options_;
  LiveSeconds seconds_;
  const Clock::time_point start_ = Clock::now();
  Progress progress_;
  std::unique_ptr<Communicator> group_;
  std::atomic<int> lease_ = 0;
  bool told_stop_ = false;
};

}  // namespace

Quit work_for_coordinator(RankNetwork& network, const WorkerOptions& options) {
  return GroupWorker(network, options).run();
}

}  // namespace unmask
