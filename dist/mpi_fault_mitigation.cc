#include "dist/mpi_fault_mitigation.h"

#include <string>

#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

namespace unmask {

#ifdef OMPI_HAVE_MPI_EXT_FTMPI

bool survives_deaths() {
  int found = 0;
  int* on = nullptr;
  return MPI_Comm_get_attr(MPI_COMM_WORLD, MPIX_FT, &on, &found) == MPI_SUCCESS && found != 0 && *on != 0;
}

bool says_peer_lost(int code) {
  int error_class = MPI_SUCCESS;
  MPI_Error_class(code, &error_class);
  return error_class == MPIX_ERR_PROC_FAILED || error_class == MPIX_ERR_PROC_FAILED_PENDING ||
         error_class == MPIX_ERR_REVOKED;
}

void revoke(MPI_Comm comm) { MPIX_Comm_revoke(comm); }

std::vector<int> acknowledge_dead(MPI_Comm comm) {
  MPI_Group all = MPI_GROUP_NULL, dead = MPI_GROUP_NULL;
  MPIX_Comm_failure_ack(comm);
  MPIX_Comm_failure_get_acked(comm, &dead);
  MPI_Comm_group(comm, &all);
  int count = 0;
  MPI_Group_size(dead, &count);
  std::vector<int> places(static_cast<std::size_t>(count)), ranks(places.size());
  for (int i = 0; i < count; ++i) places[static_cast<std::size_t>(i)] = i;
  MPI_Group_translate_ranks(dead, count, places.data(), all, ranks.data());
  MPI_Group_free(&dead);
  MPI_Group_free(&all);
  return ranks;
}

int create_from_living(MPI_Comm comm, const std::vector<int>& members, int name, MPI_Comm* group) {
  // MPI_Comm_create_group refuses a parent with a dead rank, also where that is no member.
  MPI_Group all = MPI_GROUP_NULL, some = MPI_GROUP_NULL;
  MPI_Comm_group(comm, &all);
  MPI_Group_incl(all, static_cast<int>(members.size()), members.data(), &some);
  const std::string tag = "unmask-lease-" + std::to_string(name);
  const int code = MPI_Comm_create_from_group(some, tag.c_str(), MPI_INFO_NULL, MPI_ERRORS_RETURN, group);
  MPI_Group_free(&some);
  MPI_Group_free(&all);
  return code;
}

int begin_barrier_of_living(MPI_Comm comm, MPI_Request* request) {
  static int ignored = 1;
  return MPIX_Comm_iagree(comm, &ignored, request);
}

int shrink_to_living(MPI_Comm comm, MPI_Comm* living) { return MPIX_Comm_shrink(comm, living); }

#else

bool survives_deaths() { return false; }
bool says_peer_lost(int /*code*/) { return false; }
void revoke(MPI_Comm /*comm*/) {}
std::vector<int> acknowledge_dead(MPI_Comm /*comm*/) { return {}; }
int create_from_living(MPI_Comm /*comm*/, const std::vector<int>& /*members*/, int /*name*/, MPI_Comm* /*group*/) {
  return MPI_ERR_OTHER;
}
int begin_barrier_of_living(MPI_Comm comm, MPI_Request* request) { return MPI_Ibarrier(comm, request); }
int shrink_to_living(MPI_Comm comm, MPI_Comm* living) { return MPI_Comm_dup(comm, living); }

#endif

}  // namespace unmask
