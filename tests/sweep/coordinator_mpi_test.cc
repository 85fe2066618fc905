// The coordinator over real MPI and a real ledger, with trainers that train nothing.
#include "sweep/coordinator.h"

#include <algorithm>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "dist/agreement.h"
#include "sweep/group_worker.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

LeaseResult one_epoch_done(int trial) {
  EpochRow row;
  row.epoch = 1;
  row.step = 4;
  row.val = {{"base", 0.6, 0.5, 0.5, 0.5, 0.5 + 0.01 * trial}};
  return {LeaseEnd::kTrialDone, row.step, {row}, 0, {}, {}};
}

/// A run of two trials on all ranks of the test. Its folder is rank zero's.
class CoordinatorTest : public testing::Test {
 protected:
  Quit run(const TrainLease& train) {
    const auto network = mpi_network();
    WorkerOptions worker;
    worker.numerics = numerics_of_(network->rank());
    worker.train = train;
    worker.stop = &stop_;
    worker.on_silence = [](const std::string& reason) { ADD_FAILURE() << reason; };
    if (network->rank() != 0) {
      const Quit quit = work_for_coordinator(*network, worker);
      network->close();
      return quit;
    }
    RunLock lock(run_, {});
    Ledger ledger(run_);
    TrialTableOptions two = two_trials();
    two.sweep.mode = mode_;
    TrialTable trials(two, run_, ledger);
    CoordinatorOptions options;
    options.numerics = numerics_;
    options.any_numerics = any_numerics_;
    options.on_stall = [&](const std::string& reason) { stalls_.push_back(reason); };
    options.show = show_;
    Coordinator coordinator(options, trials, run_, lock, stop_);
    std::thread coordinating([&] { coordinator.run(*network); });
    const Quit quit = work_for_coordinator(*network, worker);
    coordinating.join();
    network->close();
    return quit;
  }

  static TrialTableOptions two_trials() {
    TrialTableOptions options;
    SpaceKey rate;
    rate.key = "optimizer.max_lr";
    rate.choices = {"1e-4", "1e-3"};
    options.sweep.space = {rate};
    options.select = "video_auc";
    options.val = {"base"};
    options.brief = [](const PlannedTrial& trial) {
      TrialBrief brief;
      brief.config = "# trial " + std::to_string(trial.id) + "\n";
      brief.config_digest = std::to_string(trial.id);
      brief.train = brief.val = {"base"};
      brief.select = "video_auc";
      brief.steps_per_epoch = 4;
      brief.microbatches = 4;
      return brief;
    };
    return options;
  }

  static bool is_root() { return mpi_world().rank() == 0; }

  test_support::TemporaryFolder folder_;
  RunFolder run_{folder_.path()};
  std::atomic<bool> stop_ = false;
  std::string numerics_ = "none";  // of the run
  bool any_numerics_ = false;
  SweepMode mode_ = SweepOptions().mode;
  std::vector<std::string> stalls_;
  std::function<void(const RunStatus&, const std::string&)> show_;
  std::function<std::string(int)> numerics_of_ = [](int) { return "none"; };
};

std::string parity(int rank) { return rank % 2 == 0 ? "even" : "odd"; }

/// The numerics classes of a trial in results.jsonl.
std::vector<std::string> numerics_in_results(const RunFolder& run, int trial) {
  std::ifstream lines(run.results_jsonl());
  std::string line;
  for (int i = 0; i <= trial; ++i) std::getline(lines, line);
  return nlohmann::json::parse(line).at("numerics").get<std::vector<std::string>>();
}

TEST_F(CoordinatorTest, RunsEveryTrialAndWritesTheirResults) {
  const Quit quit = run([](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(quit.exit_code, 0) << quit.error;
  if (!is_root()) return;
  EXPECT_TRUE(std::filesystem::exists(run_.results()));
  EXPECT_EQ(read_status(run_).run_state, "done");
  EXPECT_EQ(read_status(run_).trials.at("done"), 2);
}

TEST_F(CoordinatorTest, ARanksTimeIsToldWhileItsLeaseRuns) {
  std::atomic<bool> seen = false;
  show_ = [&](const RunStatus& status, const std::string&) {
    for (const RankStatus& rank : status.ranks) seen = seen || (rank.rank == 0 && rank.seconds.lease_s > 0);
  };
  const Quit quit = run([&](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    while (is_root() && !seen) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(quit.exit_code, 0) << quit.error;
}

TEST_F(CoordinatorTest, ATrialThatFailsDoesNotEndTheSweep) {
  const Quit quit = run([](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    if (order.trial == 0) throw AgreedError(ErrorKind::kData, "no such store");
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(quit.exit_code, 4) << quit.error;
  if (!is_root()) return;
  EXPECT_EQ(read_status(run_).run_state, "failed");
  EXPECT_EQ(read_status(run_).trials.at("done"), 1);
}

TEST_F(CoordinatorTest, AGroupThatCannotEndIsNamedAndTheOthersSaveFirst) {
  if (mpi_world().world() == 1) return;  // a rank alone has nobody to leave behind
  mode_ = SweepMode::kSequential;
  const Quit quit = run([](const LeaseOrder&, Communicator& group, TrainObserver& observer,
                           const std::atomic<bool>& stop) -> LeaseResult {
    if (group.world() > 1) throw std::runtime_error("the network card is gone");
    while (!stop) observer.on_progress("training");
    return {LeaseEnd::kInterrupted, 2, {}, {}, {}, {}};
  });
  EXPECT_EQ(quit.exit_code, 75);
  EXPECT_NE(quit.error.find("has failed without its group: the network card is gone"), std::string::npos) << quit.error;
  if (!is_root()) return;
  ASSERT_EQ(stalls_.size(), 1u);
  EXPECT_EQ(stalls_[0], quit.error);
  const std::vector<TrialRecord> trials = Ledger(run_).trials();
  const auto broken = std::ranges::find_if(trials, [](const TrialRecord& trial) { return trial.failures > 0; });
  ASSERT_NE(broken, trials.end()) << "the failure counts";
  EXPECT_EQ(broken->reason, "the network card is gone");
}

TEST_F(CoordinatorTest, AStopAsTheLastTrialEndsIsTheEnd) {
  // On two ranks the trials run at the same time.
  const Quit quit = run([&](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    if (order.trial == 1) stop_ = true;
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(quit.exit_code, 0) << quit.error;
  if (is_root()) {
    EXPECT_EQ(read_status(run_).run_state, "done");
  }
}

TEST_F(CoordinatorTest, AStopLeavesWhatIsNotDoneForTheNextStart) {
  const TrainLease train = [&](const LeaseOrder& order, Communicator&, TrainObserver& observer,
                               const std::atomic<bool>& lease_stop) {
    if (order.trial == 0) {
      stop_ = true;
      return one_epoch_done(0);
    }
    while (!lease_stop) {
      observer.on_step({});  // reads the messages
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return LeaseResult{LeaseEnd::kInterrupted, 2, {}, {}, {}, {}};
  };
  EXPECT_EQ(run(train).exit_code, 75);
  if (is_root()) {
    EXPECT_EQ(read_status(run_).run_state, "paused");
  }
  stop_ = false;
  const Quit second = run([](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    EXPECT_EQ(order.trial, 1);
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(second.exit_code, 0) << second.error;
}

TEST_F(CoordinatorTest, RanksThatComputeOtherBitsGetNoWork) {
  numerics_ = "even";
  numerics_of_ = parity;
  const Quit quit = run([](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    for (const int member : order.members) EXPECT_EQ(parity(member), "even");
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(quit.exit_code, 0) << quit.error;
}

TEST_F(CoordinatorTest, WhereNoRankComputesTheBitsOfTheRunTheRefusalNamesTheKey) {
  numerics_ = "of another machine";
  const Quit quit = run([](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    ADD_FAILURE() << "it worked";
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(quit.exit_code, 1);
  EXPECT_NE(quit.error.find("runtime.numerics = \"any\""), std::string::npos) << quit.error;
}

TEST_F(CoordinatorTest, WithAnyNumericsAllRanksWorkAndNoGroupIsMixed) {
  numerics_ = "even";
  numerics_of_ = parity;
  any_numerics_ = true;
  const Quit quit = run([&](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    const std::string mine = parity(order.members.front());
    for (const int member : order.members) EXPECT_EQ(parity(member), mine);
    LeaseResult result = one_epoch_done(order.trial);
    result.numerics = {mine};
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the other class gets the other trial meanwhile
    return result;
  });
  EXPECT_EQ(quit.exit_code, 0) << quit.error;
  if (!is_root()) return;
  const auto first = numerics_in_results(run_, 0), second = numerics_in_results(run_, 1);
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(second.size(), 1u);
  if (mpi_world().world() > 1) {
    EXPECT_NE(first, second);
  }
}

TEST_F(CoordinatorTest, WithAnyNumericsATrialGoesOnElsewhereAndSaysSo) {
  numerics_ = "old";
  numerics_of_ = [](int) { return "old"; };
  any_numerics_ = true;
  const Quit paused =
      run([&](const LeaseOrder&, Communicator&, TrainObserver& observer, const std::atomic<bool>& lease_stop) {
        stop_ = true;
        while (!lease_stop) {
          observer.on_step({});
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return LeaseResult{LeaseEnd::kInterrupted, 2, {}, {}, {"old"}, {}};
      });
  EXPECT_EQ(paused.exit_code, 75);
  stop_ = false;
  numerics_of_ = [](int) { return "new"; };
  const Quit done = run([](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    LeaseResult result = one_epoch_done(order.trial);
    result.numerics = order.trial == 0 ? std::vector<std::string>{"old", "new"} : std::vector<std::string>{"new"};
    return result;
  });
  EXPECT_EQ(done.exit_code, 0) << done.error;
  if (!is_root()) return;
  EXPECT_EQ(numerics_in_results(run_, 0), (std::vector<std::string>{"old", "new"}));
  EXPECT_EQ(numerics_in_results(run_, 1), (std::vector<std::string>{"new"}));
}

TEST_F(CoordinatorTest, AStartWithNothingToDoMendsAStatusThatSaysOtherwise) {
  const TrainLease train = [](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    return one_epoch_done(order.trial);
  };
  run(train);
  if (is_root()) {  // as a kill between the ledger's last row and the status leaves it
    RunStatus status = read_status(run_);
    status.run_state = "running";
    write_status(run_, status);
  }
  EXPECT_EQ(run(train).exit_code, 0);
  if (is_root()) {
    EXPECT_EQ(read_status(run_).run_state, "done");
  }
}

}  // namespace
}  // namespace unmask
