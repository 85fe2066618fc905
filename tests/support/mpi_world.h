// The world of a test that runs under mpirun (tests/support/mpi_main.cc).
#pragma once

#include "dist/communicator.h"
#include "dist/mpi_runtime.h"
#include "dist/rank_network.h"

namespace unmask {

/// One communicator for the whole test binary. Every test ends with the ranks in step.
Communicator& mpi_world();
/// What mpi_world() comes from.
MpiRuntime& mpi_runtime();
/// Messages and groups among all ranks. COLLECTIVE.
std::unique_ptr<RankNetwork> mpi_network();

}  // namespace unmask
