// A double for tests: n ranks in one process, one per thread. Sees what MPI does not: ranks that call different
// operations or bring different sizes, and ranks that never come. Can be told to fail.
//
//   auto ranks = make_thread_communicators(2);
//   std::jthread other([&] { ranks[1]->barrier(); });
//   ranks[0]->barrier();
//
// Tests have run_ranks() of tests/support/run_ranks.h for that.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dist/communicator.h"

namespace unmask {

/// Rank `rank` throws CommError(text) at its `operation`-th collective call (from 0), counted over all duplicates.
struct ThreadFault {
  int rank = 0;
  int operation = 0;
  std::string text = "told to fail";
};

struct ThreadCommunicatorOptions {
  std::optional<ThreadFault> fault;
  /// A rank that waits longer for its peers throws CommError; so do the peers, when they come.
  double timeout_s = 20;
};

/// Element r belongs to rank r. After a failure or an abort() of one rank all ranks' calls throw with its reason.
std::vector<std::unique_ptr<Communicator>> make_thread_communicators(int world, ThreadCommunicatorOptions options = {});

}  // namespace unmask
