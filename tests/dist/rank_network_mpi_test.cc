#include "dist/rank_network.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/mpi_world.h"

namespace unmask {
namespace {

using Box = RankNetwork::Box;

Message wait_for_message(RankNetwork& network, Box box) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto message = network.poll(box)) return *message;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ADD_FAILURE() << "no message came";
  return {};
}

TEST(RankNetwork, MessagesOfOneRankArriveInOrderAndInTheirBox) {
  const auto network = mpi_network();
  const std::string large(3 << 20, 'x');  // beyond every eager limit
  network->send(0, Box::kCoordinator, "first of " + std::to_string(network->rank()));
  network->send(0, Box::kCoordinator, large);
  network->send(0, Box::kCoordinator, "");
  std::thread coordinator;
  if (network->rank() == 0) {
    // As in a sweep: one thread reads one box while the rank's own thread reads the other.
    coordinator = std::thread([&] {
      std::vector<int> seen(static_cast<std::size_t>(network->world()), 0);
      for (int i = 0; i < 3 * network->world(); ++i) {
        const Message message = wait_for_message(*network, Box::kCoordinator);
        const int place = seen.at(static_cast<std::size_t>(message.from))++;
        EXPECT_EQ(message.text, place == 0 ? "first of " + std::to_string(message.from) : place == 1 ? large : "");
      }
      for (int rank = 0; rank < network->world(); ++rank)
        network->send(rank, Box::kWorker, "go on, " + std::to_string(rank));
    });
  }
  const Message answer = wait_for_message(*network, Box::kWorker);
  EXPECT_EQ(answer.from, 0);
  EXPECT_EQ(answer.text, "go on, " + std::to_string(network->rank()));
  EXPECT_FALSE(network->poll(Box::kWorker).has_value());
  if (coordinator.joinable()) coordinator.join();
  network->close();
}

TEST(RankNetwork, GroupsAreMadeByTheirMembersAlone) {
  const auto network = mpi_network();
  const int rank = network->rank(), world = network->world();
  // Odd and even ranks at the same time, again and again: each group sums its own members.
  for (int round = 0; round < 20; ++round) {
    std::vector<int> members;
    for (int other = rank % 2; other < world; other += 2) members.push_back(other);
    const auto group = network->make_group(members, 40000 * round + rank % 2);
    EXPECT_EQ(group->world(), static_cast<int>(members.size()));
    std::int64_t sum = rank, wanted = 0;
    for (const int member : members) wanted += member;
    group->all_reduce_sum(std::span(&sum, 1));
    EXPECT_EQ(sum, wanted);
    group->close();
  }
  // A rank alone waits for nobody.
  if (rank == world - 1) {
    const auto alone = network->make_group({rank}, 7);
    EXPECT_EQ(alone->world(), 1);
    alone->close();
  }
  network->close();
}

// Seen in a sweep of two groups of two ranks: a group named as a box is numbered left bytes of its making in that box.
// Messages that are longer than what MPI copies at once wait for their reader; the barrier of close() may overtake
// them.
TEST(RankNetwork, WhatIsSentJustBeforeTheEndHoldsNobody) {
  for (int round = 0; round < 20; ++round) {
    const auto network = mpi_network();
    network->send(0, RankNetwork::Box::kCoordinator, std::string(std::size_t{1} << 20, 'x'));
    network->close();
  }
}

TEST(RankNetwork, MakingGroupsLeavesNothingInTheBoxes) {
  const auto network = mpi_network();
  std::atomic<bool> done = false;
  std::atomic<int> found = 0;
  std::thread reader([&] {
    while (!done) {
      if (network->poll(Box::kCoordinator) || network->poll(Box::kWorker)) ++found;
    }
  });
  std::vector<int> all;
  for (int rank = 0; rank < network->world(); ++rank) all.push_back(rank);
  for (int name = 0; name < 12; ++name) network->make_group(all, name)->close();
  mpi_world().barrier();
  done = true;
  reader.join();
  EXPECT_EQ(found, 0);
  network->close();
}

}  // namespace
}  // namespace unmask
