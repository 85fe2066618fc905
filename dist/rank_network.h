// What the coordinator of a sweep stands on: messages between single ranks, and groups made of any of them.
// Nothing here blocks but make_group() and close(): a blocked receive burns a core, so readers poll and sleep.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dist/communicator.h"

namespace unmask {

struct Letter {
  int from = 0;
  std::string text;
};

/// All ranks, over a communicator of its own. THREAD: any; each box has one reader.
class RankNetwork {
 public:
  /// Rank zero reads all three: its coordinator thread the first, its trainer the second.
  /// The third is for signs of life.
  enum class Box { kCoordinator = 1, kWorker = 2, kHeartbeat = 3 };

  /// Both point to an MPI_Comm of all ranks that this object takes over (MpiRuntime::network() makes them). Groups are
  /// made from one of their own: Open MPI sends what MPI_Comm_create_group needs with the caller's tag,
  /// where a reader of messages finds it.
  RankNetwork(const void* letters, const void* groups);
  /// Never talks to the peers.
  ~RankNetwork();
  RankNetwork(const RankNetwork&) = delete;

  int rank() const;
  int world() const;
  /// Returns at once; messages from one rank to one box arrive in order. A message to a dead rank is lost.
  /// THROWS CommError.
  void send(int to, Box box, const std::string& text);
  /// The next message, if one is there. THROWS CommError.
  std::optional<Letter> poll(Box box);

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
  struct Mail;
  std::unique_ptr<Mail> mail_;
};

}  // namespace unmask
