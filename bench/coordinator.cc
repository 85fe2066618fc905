// The coordinator of a sweep under load: real MPI, a real ledger, trials that only sleep. Links no torch.
//   mpirun -n 64 bench_coordinator FOLDER LEASES LEASE_S...    FOLDER: scratch space on the disk that is to be measured
// First what a large sweep costs rank zero: opening 10,000 trials, and one pass that gives 1,024 ranks a trial each,
// without the messages. Then one sweep of LEASES trials (a lease each) for every LEASE_S, then two of one long lease a
// rank: one in which nothing happens, one with news. Rank zero prints tables. A rank's seconds without a lease are its
// wait for the next order, the first one included; ranks that have nothing more to do at the end don't count.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/seconds_since.h"
#include "dist/mpi_runtime.h"
#include "sweep/coordinator.h"
#include "sweep/group_worker.h"
#include "sweep/lease_table.h"
#include "sweep/messages.h"
#include "sweep/plan/scheduler.h"
#include "sweep/pool_view.h"
#include "sweep/rank_roster.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kLongLeaseS = 12;
constexpr int kPuts = 50;
constexpr int kManyTrials = 10'000, kManyRanks = 1024;
constexpr std::size_t kConfigBytes = 3000;  // about a resolved config's

double thread_cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct SleepingSweep {
  std::string name;
  int trials = 1;
  int steps = 1;       // of each lease; every step may send news
  double lease_s = 1;  // on average
  double spread = 0;   // leases last from 1 - spread to 1 + spread of that
};

EpochRow one_epoch(int trial, std::int64_t step) {
  EpochRow row;
  row.epoch = 1;
  row.step = step;
  for (const char* dataset : {"base", "augment"}) {
    const double score = 0.5 + 0.4 * ((trial * 37) % 101) / 101;
    row.val.push_back({dataset, 0.6, score, score, score, score});
  }
  return row;
}

LeaseResult sleep_through(const SleepingSweep& sweep, const LeaseOrder& order, TrainObserver& observer,
                          const std::atomic<bool>& stop) {
  TrainObserver::StepNews news;
  news.steps = sweep.steps;
  news.epochs = news.epoch = 1;
  const double place = static_cast<double>(order.trial * 37 % 101) / 100;
  const std::chrono::duration<double> step_s(sweep.lease_s * (1 + sweep.spread * (2 * place - 1)) / sweep.steps);
  while (news.step < order.until_step.value_or(sweep.steps)) {
    std::this_thread::sleep_for(step_s);
    ++news.step;
    observer.on_step(news);
    if (stop) return {LeaseEnd::kInterrupted, news.step, {}, {}, {}, {}};
  }
  LeaseResult result;
  result.end = order.until_step ? LeaseEnd::kLeaseOver : LeaseEnd::kTrialDone;
  result.step = news.step;
  result.history = {one_epoch(order.trial, news.step)};
  result.best = 0;
  return result;
}

/// What the coordinator's thread used, looked at about once a second from within.
class ThreadMeter {
 public:
  void look(const RunStatus& status, int world) {
    wall_s_ = status.elapsed_s;
    cpu_s_ = thread_cpu_s();
    ranks_ = status.ranks;
    if (static_cast<int>(status.groups.size()) != world) return;  // some rank is between two leases
    if (busy_.wall_s == 0) busy_ = {wall_s_, cpu_s_};
    busy_until_ = {wall_s_, cpu_s_};
  }

  double wall_s() const { return wall_s_; }
  double cpu_share() const { return cpu_s_ / wall_s_; }
  /// Of the time in which every rank was at work.
  double busy_s() const { return busy_until_.wall_s - busy_.wall_s; }
  double busy_cpu_share() const { return busy_s() > 0 ? (busy_until_.cpu_s - busy_.cpu_s) / busy_s() : 0; }
  double idle_s() const {
    double sum = 0;
    for (const RankStatus& rank : ranks_) sum += rank.seconds.idle_s;
    return sum;
  }
  /// Mean over the ranks.
  double idle_share() const {
    double sum = 0;
    for (const RankStatus& rank : ranks_) sum += rank.seconds.idle_s / (rank.seconds.idle_s + rank.seconds.lease_s);
    return sum / static_cast<double>(ranks_.size());
  }

 private:
  struct Point {
    double wall_s = 0, cpu_s = 0;
  };
  double wall_s_ = 0, cpu_s_ = 0;
  Point busy_, busy_until_;
  std::vector<RankStatus> ranks_;
};

TrialTableOptions sleeping_trials(const SleepingSweep& sweep) {
  TrialTableOptions options;
  options.sweep.sampler = Sampler::kRandom;
  options.sweep.trials = sweep.trials;
  SpaceKey rate;
  rate.key = "optimizer.max_lr";
  rate.kind = SpaceKey::Kind::kLogUniform;
  rate.low = 1e-5;
  rate.high = 1e-2;
  options.sweep.space = {rate};
  options.select = "video_auc";
  options.val = {"base", "augment"};
  options.brief = [&sweep](const PlannedTrial& trial) {
    TrialBrief brief;
    brief.config = std::string(kConfigBytes, '#');
    brief.config_digest = std::to_string(trial.id);
    brief.train = brief.val = {"base", "augment"};
    brief.select = "video_auc";
    brief.steps_per_epoch = sweep.steps;
    return brief;
  };
  return options;
}

void print_row(const SleepingSweep& sweep, const Coordinator& coordinator, const ThreadMeter& meter) {
  const double leases = sweep.trials;
  std::printf("| %s | %d | %.1f | %.1f | %.1f | %.1f | %.2f | %.1f | %.2f |\n", sweep.name.c_str(), sweep.trials,
              sweep.lease_s, meter.wall_s(), static_cast<double>(coordinator.messages_read()) / meter.wall_s(),
              1e3 * meter.idle_s() / leases, 100 * meter.idle_share(), 100 * meter.cpu_share(),
              100 * meter.busy_cpu_share());
  std::fflush(stdout);
}

void require_all_done(const TrialTable& trials) {
  for (const SweepTrial& trial : trials.trials()) {
    if (trial.record.state != TrialState::kDone || trial.record.starts != 1)
      throw std::runtime_error("trial " + std::to_string(trial.record.id) + " is " + to_word(trial.record.state) +
                               " after " + std::to_string(trial.record.starts) + " leases: " + trial.record.reason);
  }
}

/// COLLECTIVE over all ranks.
void run_sweep(MpiRuntime& runtime, const fs::path& folder_name, const SleepingSweep& sweep) {
  const auto network = runtime.network();
  const std::atomic<bool> stop = false;
  WorkerOptions worker;
  worker.numerics = "none";
  worker.stop = &stop;
  worker.on_silence = [](const std::string& reason) {
    std::fprintf(stderr, "%s\n", reason.c_str());
    std::_Exit(1);
  };
  worker.train = [&](const LeaseOrder& order, Communicator&, TrainObserver& observer, const std::atomic<bool>& end) {
    return sleep_through(sweep, order, observer, end);
  };
  if (network->rank() != 0) {
    work_for_coordinator(*network, worker);
    network->close();
    return;
  }
  fs::remove_all(folder_name);
  fs::create_directories(folder_name);
  const RunFolder folder(folder_name);
  RunLock lock(folder, {});
  Ledger ledger(folder);
  ThreadMeter meter;
  TrialTable trials(sleeping_trials(sweep), folder, ledger);
  CoordinatorOptions options;
  options.numerics = "none";
  options.show = [&](const RunStatus& status, const std::string&) { meter.look(status, network->world()); };
  Coordinator coordinator(options, trials, folder, lock, stop);
  std::thread coordinating([&] { coordinator.run(*network); });
  const Quit quit = work_for_coordinator(*network, worker);
  coordinating.join();
  network->close();
  if (quit.exit_code != 0)
    throw std::runtime_error("the sweep ended with " + std::to_string(quit.exit_code) + " " + quit.error);
  require_all_done(trials);
  print_row(sweep, coordinator, meter);
  fs::remove_all(folder_name);
}

/// What the ledger alone costs: a transaction a put.
void measure_ledger(const fs::path& folder_name) {
  fs::remove_all(folder_name);
  fs::create_directories(folder_name);
  Ledger ledger{RunFolder(folder_name)};
  TrialRecord record;
  record.history = {one_epoch(0, 1)};
  const auto start = Clock::now();
  const double cpu_s = thread_cpu_s();
  for (record.id = 0; record.id < kPuts; ++record.id) ledger.put(record);
  std::printf("ledger: %.2f ms a put, of them %.2f ms of processor time; the rest waits for the disk.\n\n",
              1e3 * seconds_since(start) / kPuts, 1e3 * (thread_cpu_s() - cpu_s) / kPuts);
  fs::remove_all(folder_name);
}

void print_large(const std::string& what, Clock::time_point start) {
  std::printf("| %s | %.2f |\n", what.c_str(), seconds_since(start));
  std::fflush(stdout);
}

/// As coordinator.cc does it in one pass.
void grant_to_many_ranks(TrialTable& trials) {
  RankRoster ranks(kManyRanks, "none", false);
  LeaseTable leases(2);
  for (int rank = 0; rank < kManyRanks; ++rank) ranks.hear(rank, {0, "none", "host", {}});
  const auto start = Clock::now();
  const Ledger::Batch batch(trials.ledger());
  trials.settle();
  const Schedule plan = schedule(pool_view(trials, leases, ranks, "none"));
  std::vector<LeaseOrder> orders;
  for (const auto& [trial, group] : plan.grants) orders.push_back(trials.start_training(trial, group, "none"));
  trials.ledger().commit();
  std::size_t bytes = 0;
  for (LeaseOrder& order : orders) {
    order.lease = leases.open(order.trial, order.members, false, 0);
    bytes += to_text(Instruction(order)).size();
  }
  print_large("granting leases to " + std::to_string(kManyRanks) + " ranks", start);
  if (orders.size() != kManyRanks || bytes < kManyRanks * kConfigBytes) throw std::runtime_error("not all got a trial");
}

void measure_large_sweep(const fs::path& folder_name) {
  fs::remove_all(folder_name);
  fs::create_directories(folder_name);
  const RunFolder folder(folder_name);
  SleepingSweep sweep;
  sweep.trials = kManyTrials;
  std::printf("| a sweep of %d trials | s |\n|---|---|\n", kManyTrials);
  const auto open = [&](const std::string& what) {
    const auto start = Clock::now();
    auto ledger = std::make_unique<Ledger>(folder);
    TrialTable trials(sleeping_trials(sweep), folder, *ledger);
    print_large(what, start);
    return std::pair(std::move(ledger), std::move(trials));
  };
  {
    auto [ledger, trials] = open("opening a new one");
    const Ledger::Batch batch(*ledger);
    for (int id = 0; id < kManyTrials; ++id) {
      trials.start_training(id, {0}, "none");
      trials.keep_result(id, {LeaseEnd::kInterrupted, 1, {one_epoch(id, 1)}, 0, {}, {}}, /*stopping=*/true);
    }
    ledger->commit();
  }
  auto [ledger, trials] = open("opening it again, all trials begun and paused");
  for (const SweepTrial& trial : trials.trials()) {
    if (!trials.needs_ranks(trial) || trial.record.step != 1) throw std::runtime_error("a trial was lost");
  }
  grant_to_many_ranks(trials);
  std::printf("\n");
  fs::remove_all(folder_name);
}

void run(int count, char** words, MpiRuntime& runtime) {
  if (count < 4) throw std::runtime_error("usage: bench_coordinator FOLDER LEASES LEASE_S...");
  const fs::path folder = fs::path(words[1]) / "run";
  const auto world = runtime.world();
  if (world->rank() == 0) {
    measure_ledger(folder);
    measure_large_sweep(folder);
    std::printf(
        "| %d ranks | leases | s a lease | wall s | messages/s | ms from free to order | share of the ranks' time, %% "
        "| coordinator's processor, %% of a core | while all ranks work, %% |\n|---|---|---|---|---|---|---|---|---|\n",
        world->world());
  }
  world->barrier();
  for (int i = 3; i < count; ++i)
    run_sweep(runtime, folder, {"one lease after another", std::stoi(words[2]), 4, std::stod(words[i]), 0.5});
  run_sweep(runtime, folder, {"long leases of a step", world->world(), 1, kLongLeaseS});
  run_sweep(runtime, folder,
            {"long leases, 10 steps/s", world->world(), static_cast<int>(10 * kLongLeaseS), kLongLeaseS});
  world->close();
}

}  // namespace
}  // namespace unmask

int main(int count, char** words) try {
  unmask::MpiRuntime runtime(&count, &words);
  try {
    unmask::run(count, words, runtime);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_coordinator: %s\n", error.what());
    runtime.abort(1);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_coordinator: %s\n", error.what());
  return 1;
}
