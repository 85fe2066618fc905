// What the coordinator of a sweep stands on: messages between single ranks, and groups made of any of them.
// Nothing here blocks but make_group() and close(): a blocked receive burns a core, so readers poll and sleep.
//
//   const std::unique_ptr<RankNetwork> network = runtime.network();  // MpiRuntime; all ranks
//   network->send(0, RankNetwork::Box::kCoordinator, "rank " + std::to_string(network->rank()) + " is free");
//   while (const auto message = network->poll(RankNetwork::Box::kWorker)) obey(message->text);
//   const auto group = network->make_group({1, 3}, 7);               // ranks 1 and 3 alone
//   network->close();                                                // all ranks
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dist/communicator.h"

namespace unmask {

/// What one rank sent to another.
struct Message {
  int from = 0;
  std::string text;
};

/// All ranks, over a communicator of its own. THREAD: any; each box has one reader.
class RankNetwork {
 public:
  /// Rank zero reads all three: its coordinator thread the first, its trainer the second.
  /// The third is for signs of life.
  enum class Box { kCoordinator = 1, kWorker = 2, kHeartbeat = 3 };

  /// Over two communicators of its own. COLLECTIVE over all ranks of MPI's world, which is initialised (MpiRuntime).
  /// THROWS CommError.
  RankNetwork();
  /// Never talks to the peers.
  ~RankNetwork();
  RankNetwork(const RankNetwork&) = delete;

  int rank() const;
  int world() const;
  /// Returns at once; messages from one rank to one box arrive in order. A message to a dead rank is lost.
  /// THROWS CommError.
  void send(int to, Box box, const std::string& text);
  /// The next message, if one is there. THROWS CommError.
  std::optional<Message> poll(Box box);

  /// Ranks that have died while this one lives on (MPI survives deaths only as mpi_fault_mitigation.h says), ascending.
  /// Known after a poll(). THREAD: any.
  std::vector<int> lost() const;

  /// A communicator of `members` (ranks of this network, ascending; group rank = place). COLLECTIVE over the members
  /// only; `name` is the same on all and unlike that of any group being made at the same time. `ranks_died`, the same
  /// on all, says whether a rank of this network is known to have died: then a group takes longer to make, and each
  /// longer than the one before. THROWS CommError; PeerLost where ranks have died though `ranks_died` says no. A rank
  /// that dies meanwhile may leave the others waiting for ever.
  std::unique_ptr<Communicator> make_group(const std::vector<int>& members, int name, bool ranks_died = false);
  /// COLLECTIVE over all living ranks. Messages that nobody has read are lost.
  void close();

 private:
  struct Mpi;
  std::unique_ptr<Mpi> mpi_;
};

}  // namespace unmask
