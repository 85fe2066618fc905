// Ranks at work for a coordinator that the test plays itself, on rank zero.
#include "sweep/group_worker.h"

#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "dist/agreement.h"
#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

using Box = RankNetwork::Box;

/// The coordinator's side: what it has heard, and what it says.
class TestCoordinator {
 public:
  explicit TestCoordinator(RankNetwork& network) : network_(network) {}

  /// Reads until `enough` holds.
  void read_until(const std::function<bool()>& enough) {
    while (!enough()) {
      const auto message = network_.poll(Box::kCoordinator);
      if (!message) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      const Report report = report_from(message->text);
      if (const auto* free = std::get_if<RankFree>(&report)) {
        free_[free->lease].insert(message->from);
        seconds_[message->from] = free->seconds;
        numerics_[message->from] += free->numerics;
        unfit_[message->from] += free->unfit;
      } else if (const auto* news = std::get_if<LeaseNews>(&report)) {
        EXPECT_EQ(message->from, 0) << "only the leader tells";
        news_.push_back(*news);
      } else if (const auto* ended = std::get_if<LeaseEnded>(&report)) {
        EXPECT_EQ(message->from, 0) << "only the leader tells";
        ended_.push_back(*ended);
      } else if (const auto* broken = std::get_if<LeaseBroken>(&report)) {
        EXPECT_EQ(broken->lease, 3);
        broken_[message->from] = broken->fault;
      } else if (std::holds_alternative<StopAsked>(report)) {
        stops_.push_back(message->from);
      }
    }
  }
  void wait_for_free(int lease) {
    read_until([&] { return static_cast<int>(free_[lease].size()) == network_.world(); });
  }
  void send_all(const Instruction& instruction) {
    for (int rank = 0; rank < network_.world(); ++rank) network_.send(rank, Box::kWorker, to_text(instruction));
  }
  /// A lease for all ranks.
  void lend(int lease) {
    LeaseOrder order;
    order.lease = lease;
    order.trial = 7;
    order.members.resize(static_cast<std::size_t>(network_.world()));
    std::iota(order.members.begin(), order.members.end(), 0);
    send_all(order);
  }

  RankNetwork& network_;
  std::map<int, std::set<int>> free_;  // by lease
  std::map<int, RankSeconds> seconds_;
  std::map<int, std::string> numerics_, unfit_;
  std::vector<LeaseNews> news_;
  std::vector<LeaseEnded> ended_;
  std::map<int, Fault> broken_;
  std::vector<int> stops_;
};

/// `train` on all ranks, `conduct` on a thread of rank zero; the Quit of each rank.
Quit work(const TrainLease& train, const std::function<void(TestCoordinator&)>& conduct,
          const std::atomic<bool>* stop = nullptr) {
  static const std::atomic<bool> kNever = false;
  const auto network = mpi_network();
  WorkerOptions options;
  options.numerics = "class " + std::to_string(network->rank());
  options.train = train;
  options.stop = stop == nullptr ? &kNever : stop;
  options.unfit = [rank = network->rank()] { return std::to_string(rank) + " is unfit; "; };
  options.on_silence = [](const std::string& reason) { ADD_FAILURE() << reason; };
  std::thread conducting;
  if (network->rank() == 0) {
    conducting = std::thread([&] {
      TestCoordinator coordinator(*network);
      conduct(coordinator);
    });
  }
  const Quit quit = work_for_coordinator(*network, options);
  if (conducting.joinable()) conducting.join();
  network->close();
  return quit;
}

TEST(GroupWorkerTest, EveryRankGreetsWorksAndIsFreeAgain) {
  const TrainLease train = [](const LeaseOrder& order, Communicator& group, TrainObserver& observer,
                              const std::atomic<bool>&) {
    EXPECT_EQ(order.trial, 7);
    EXPECT_EQ(group.world(), mpi_world().world());
    TrainObserver::StepNews step;
    step.load_s = 1;
    step.forward_s = 2;
    step.backward_s = 3;
    step.exposed_s = 4;
    step.optimizer_s = 5;
    for (step.step = 1; step.step <= 2; ++step.step) observer.on_step(step);
    EpochRow row;
    row.epoch = 1;
    observer.on_epoch(row, 7);
    observer.on_note("passed over a damaged checkpoint");
    LeaseResult result;
    result.step = 2;
    return result;
  };
  const Quit quit = work(train, [](TestCoordinator& coordinator) {
    coordinator.wait_for_free(0);
    for (const auto& [rank, numerics] : coordinator.numerics_) EXPECT_EQ(numerics, "class " + std::to_string(rank));
    coordinator.lend(3);
    coordinator.wait_for_free(3);
    coordinator.lend(4);
    coordinator.wait_for_free(4);
    coordinator.send_all(Quit{3, "for a reason"});
    ASSERT_EQ(coordinator.ended_.size(), 2u);
    EXPECT_EQ(coordinator.ended_[0].lease, 3);
    EXPECT_EQ(coordinator.ended_[1].lease, 4);
    EXPECT_EQ(coordinator.ended_[0].result.step, 2);
    EXPECT_EQ(coordinator.ended_[0].fault, std::nullopt);
    // Two leases of two steps each, on every rank.
    for (const auto& [rank, seconds] : coordinator.seconds_) {
      EXPECT_EQ(seconds.load_s, 4) << rank;
      EXPECT_EQ(seconds.compute_s, 20) << rank;
      EXPECT_EQ(seconds.exposed_s, 16) << rank;
      EXPECT_EQ(seconds.optimizer_s, 20) << rank;
      EXPECT_GT(seconds.lease_s, 0) << rank;
      EXPECT_GT(seconds.idle_s, 0) << rank;
    }
    std::string told;
    for (const LeaseNews& news : coordinator.news_) told += news.epoch + news.note + "\n";
    EXPECT_EQ(coordinator.news_.front().step.step, 1) << "the first step is told at once";
    EXPECT_NE(told.find("epoch 1/7: train loss -"), std::string::npos) << told;
    EXPECT_NE(told.find("\npassed over a damaged checkpoint\n"), std::string::npos) << told;
  });
  EXPECT_EQ(quit.exit_code, 3);
  EXPECT_EQ(quit.error, "for a reason");
}

TEST(GroupWorkerTest, AFaultOfTheLeaseIsToldAndTheRankGoesOn) {
  const TrainLease train = [](const LeaseOrder& order, Communicator&, TrainObserver&,
                              const std::atomic<bool>&) -> LeaseResult {
    if (order.lease == 3) throw AgreedError(ErrorKind::kData, "train.crops is damaged");
    return {};
  };
  work(train, [](TestCoordinator& coordinator) {
    coordinator.wait_for_free(0);
    coordinator.lend(3);
    coordinator.wait_for_free(3);
    coordinator.lend(4);
    coordinator.wait_for_free(4);
    coordinator.send_all(Quit{});
    ASSERT_EQ(coordinator.ended_.size(), 2u);
    ASSERT_TRUE(coordinator.ended_[0].fault.has_value());
    EXPECT_EQ(coordinator.ended_[0].fault->kind, ErrorKind::kData);
    EXPECT_EQ(coordinator.ended_[0].fault->text, "train.crops is damaged");
    EXPECT_EQ(coordinator.ended_[1].fault, std::nullopt);
    EXPECT_EQ(coordinator.unfit_[0], "0 is unfit; ") << "asked once, after the lease that failed";
  });
}

TEST(GroupWorkerTest, WhatTheGroupDoesNotAgreeOnIsToldAtOnceByAnyRankWhichStaysInItsLease) {
  const TrainLease train = [](const LeaseOrder&, Communicator& group, TrainObserver&,
                              const std::atomic<bool>&) -> LeaseResult {
    throw Error(ErrorKind::kData, "rank " + std::to_string(group.rank()) + " alone", Cause::kMemory);
  };
  work(train, [](TestCoordinator& coordinator) {
    const int world = coordinator.network_.world();
    coordinator.wait_for_free(0);
    coordinator.lend(3);
    if (world == 1) {
      coordinator.wait_for_free(3);  // nobody waits for a rank alone
    } else {
      coordinator.read_until([&] { return static_cast<int>(coordinator.broken_.size()) == world; });
      EXPECT_TRUE(coordinator.free_[3].empty());
      EXPECT_TRUE(coordinator.ended_.empty());
      EXPECT_EQ(coordinator.broken_[world - 1].text, "rank " + std::to_string(world - 1) + " alone");
      EXPECT_EQ(coordinator.broken_[world - 1].cause, Cause::kMemory);
      EXPECT_EQ(coordinator.broken_[world - 1].kind, ErrorKind::kData);
    }
    coordinator.send_all(Quit{});
  });
}

TEST(GroupWorkerTest, TheLeaderEndsItsLeaseWhenAskedAndNoOther) {
  const TrainLease train = [](const LeaseOrder&, Communicator& group, TrainObserver& observer,
                              const std::atomic<bool>& stop) {
    LeaseResult result;
    for (std::int64_t ended = 0; ended == 0; ++result.step) {
      TrainObserver::StepNews step;
      step.step = result.step + 1;
      observer.on_step(step);  // where the rank reads its messages
      ended = stop ? 1 : 0;    // the stop of one is the stop of all, as in training
      group.all_reduce_sum(std::span(&ended, 1));
    }
    result.end = LeaseEnd::kInterrupted;
    return result;
  };
  const Quit quit = work(train, [](TestCoordinator& coordinator) {
    coordinator.wait_for_free(0);
    coordinator.lend(3);
    coordinator.read_until([&] { return !coordinator.news_.empty(); });
    coordinator.network_.send(0, Box::kWorker, to_text(Instruction(EndLease{2})));  // crossed the end of an earlier one
    coordinator.network_.send(0, Box::kWorker, to_text(Instruction(EndLease{3})));
    coordinator.wait_for_free(3);
    coordinator.network_.send(0, Box::kWorker, to_text(Instruction(EndLease{3})));  // too late: there is nothing to end
    coordinator.send_all(Quit{5, ""});
    ASSERT_EQ(coordinator.ended_.size(), 1u);
    EXPECT_EQ(coordinator.ended_[0].result.end, LeaseEnd::kInterrupted);
  });
  EXPECT_EQ(quit.exit_code, 5);
}

TEST(GroupWorkerTest, ASignalOfAnIdleRankIsToldOnce) {
  const int last = mpi_world().world() - 1;
  const std::atomic<bool> stop = mpi_world().rank() == last;
  const TrainLease train = [](const LeaseOrder&, Communicator&, TrainObserver&, const std::atomic<bool>&) {
    return LeaseResult();
  };
  const auto conduct = [&](TestCoordinator& coordinator) {
    coordinator.wait_for_free(0);
    coordinator.read_until([&] { return !coordinator.stops_.empty(); });
    for (const int lease : {1, 2, 3}) {  // it is idle before and after each
      coordinator.lend(lease);
      coordinator.wait_for_free(lease);
    }
    coordinator.send_all(Quit{});
    EXPECT_EQ(coordinator.stops_, std::vector<int>{last});
  };
  work(train, conduct, &stop);
}

}  // namespace
}  // namespace unmask
