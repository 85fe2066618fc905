// User-level fault mitigation (ULFM), the part of MPI with which a job outlives the death of ranks: Open MPI 5 under
// `mpirun --with-ft ulfm`. With another MPI, or without that option, every function says that nobody is lost.
// This header sees <mpi.h>: only files of `dist` include it.
#pragma once

#include <mpi.h>

#include <vector>

namespace unmask {

/// Is it on in this job? The same on all ranks.
bool survives_deaths();
/// Does an error code of MPI say that a peer died, or that a survivor revoked the communicator because of one?
bool says_peer_lost(int code);
/// Every call of this communicator under way or to come, on any rank, ends with an error.
/// Not collective, from any thread.
void revoke(MPI_Comm comm);
/// Ranks of `comm` that are known here to be dead, ascending; calls with MPI_ANY_SOURCE work again for the others.
std::vector<int> acknowledge_dead(MPI_Comm comm);
/// A communicator of these ranks of `comm`, some of whose other ranks may be dead. COLLECTIVE over the members; see
/// RankNetwork::make_group. Returns MPI's code.
int create_from_living(MPI_Comm comm, const std::vector<int>& members, int name, MPI_Comm* group);
/// Begins to wait until all living ranks of `comm` have come here. Returns MPI's code.
int begin_barrier_of_living(MPI_Comm comm, MPI_Request* request);
/// A communicator of the living ranks of `comm`, in their order. COLLECTIVE over them. Returns MPI's code.
int shrink_to_living(MPI_Comm comm, MPI_Comm* living);

}  // namespace unmask
