// The coordinator over real MPI and a real ledger, with trainers that train nothing.
#include "launch/sweep/coordinator.h"

#include <thread>

#include <gtest/gtest.h>

#include "launch/sweep/group_worker.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

LeaseResult one_epoch_done(int trial) {
  EpochRow row;
  row.epoch = 1;
  row.step = 4;
  row.val = {{"base", 0.6, 0.5, 0.5, 0.5, 0.5 + 0.01 * trial}};
  return {LeaseEnd::kTrialDone, row.step, {row}, 0, {}};
}

/// A run of two trials on all ranks of the test. Its folder is rank zero's.
class CoordinatorTest : public testing::Test {
 protected:
  Quit run(const TrainLease& train) {
    const auto network = mpi_network();
    WorkerOptions worker;
    worker.numerics = "none";
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
    TrialBook book(two_trials(), run_, ledger);
    CoordinatorOptions options;
    options.numerics = "none";
    Coordinator coordinator(options, book, run_, lock, stop_);
    std::thread desk([&] { coordinator.run(*network); });
    const Quit quit = work_for_coordinator(*network, worker);
    desk.join();
    network->close();
    return quit;
  }

  static TrialBookOptions two_trials() {
    TrialBookOptions options;
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
      return brief;
    };
    return options;
  }

  static bool is_root() { return mpi_world().rank() == 0; }

  test_support::TemporaryFolder folder_;
  RunFolder run_{folder_.path()};
  std::atomic<bool> stop_ = false;
};

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

TEST_F(CoordinatorTest, ATrialThatFailsDoesNotEndTheSweep) {
  const Quit quit = run([](const LeaseOrder& order, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    if (order.trial == 0) throw Error(ErrorKind::kData, "no such store");
    return one_epoch_done(order.trial);
  });
  EXPECT_EQ(quit.exit_code, 4) << quit.error;
  if (!is_root()) return;
  EXPECT_EQ(read_status(run_).run_state, "failed");
  EXPECT_EQ(read_status(run_).trials.at("done"), 1);
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
      observer.on_step({});  // reads the letters
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return LeaseResult{LeaseEnd::kStopped, 2, {}, {}, {}};
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
