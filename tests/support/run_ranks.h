// Runs a function on n ranks in one process, each in a thread with its own communicator.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "dist/thread_communicator.h"

namespace unmask {

/// An exception of a rank is a failure of the test, and its peers are told.
inline void run_ranks(int world, ThreadCommunicatorOptions options, const std::function<void(Communicator&)>& body) {
  auto communicators = make_thread_communicators(world, std::move(options));
  std::vector<std::jthread> threads;
  for (auto& communicator : communicators) {
    threads.emplace_back([&body, mine = communicator.get()] {
      try {
        body(*mine);
      } catch (const std::exception& error) {
        ADD_FAILURE() << "rank " << mine->rank() << " of " << mine->world() << " threw: " << error.what();
        mine->abort(error.what());
      }
    });
  }
  threads.clear();
}

}  // namespace unmask
