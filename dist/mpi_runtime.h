// MPI's life: init with MPI_THREAD_MULTIPLE, errors returned (not fatal), finalize. One object, owned by main.
//
//   MpiRuntime runtime(&argc, &argv);  // on every rank, first of all
//   const auto world = runtime.world();
//   if (world->rank() == 0) std::cout << world->world() << " ranks of " << mpi_library() << '\n';
//   world->close();
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dist/communicator.h"
#include "dist/host_cores.h"
#include "dist/rank_network.h"

namespace unmask {

class MpiRuntime {
 public:
  /// Initialises MPI (a process started without mpirun is a world of one).
  /// THROWS Error(kUsage) with the launch line that works where the launcher's size (SLURM_NTASKS, PMI_SIZE,
  /// OMPI_COMM_WORLD_SIZE) differs from the MPI world: N silent worlds of one instead of one world of N.
  MpiRuntime(int* argc, char*** argv);
  /// Finalizes, unless an exception is in flight: main catches it and calls abort().
  ~MpiRuntime();
  MpiRuntime(const MpiRuntime&) = delete;

  /// The world as a communicator of its own (a duplicate). COLLECTIVE over all ranks.
  std::unique_ptr<Communicator> world();
  /// The ranks that live, as a communicator of their own; nothing where MPI doesn't survive deaths
  /// (mpi_fault_mitigation.h). COLLECTIVE over the living ranks.
  std::unique_ptr<Communicator> living();
  /// Did living() leave some out?
  bool ranks_died() const { return ranks_died_; }
  /// Messages and groups among all ranks, over a communicator of its own. COLLECTIVE over all ranks.
  std::unique_ptr<RankNetwork> network();
  int local_rank() const;   // rank among the ranks on this host
  int local_world() const;  // ranks on this host
  /// As the ranks are bound now. COLLECTIVE over all ranks.
  HostCores cores() const;
  /// Ends all ranks at once with this exit code. Does not return.
  [[noreturn]] void abort(int exit_code);

 private:
  int local_rank_ = 0, local_world_ = 1;
  bool ranks_died_ = false;
};

/// The MPI library's name and version, one line; also before MPI is initialised.
std::string mpi_library();

/// The reason why launcher and MPI disagree, with the launch line to use; nothing if they agree. Pure, for tests.
/// `variable` returns an environment variable's value or null.
std::optional<std::string> launcher_mismatch(int mpi_world, const char* (*variable)(const char*));

}  // namespace unmask
