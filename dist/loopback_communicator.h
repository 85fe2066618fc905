// A world of one rank: what the program runs on without MPI, and a double for tests.
#pragma once

#include <memory>

#include "dist/communicator.h"

namespace unmask {

/// Rank 0 of 1. Sums are what they were; everyone has heard what was said.
std::unique_ptr<Communicator> make_loopback_communicator();

}  // namespace unmask
