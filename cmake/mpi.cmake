# MPI: the wheel's Open MPI 5 in .venv unless -DUNMASK_MPI_HOME=/usr (Debian's) or a cluster's own prefix is given.
set(UNMASK_MPI_HOME ${PROJECT_SOURCE_DIR}/.venv CACHE PATH "prefix of the MPI to build with (bin/mpicxx, bin/mpirun)")
set(MPI_CXX_COMPILER ${UNMASK_MPI_HOME}/bin/mpicxx)
set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI 3.1 REQUIRED COMPONENTS CXX)
set(UNMASK_MPIRUN ${UNMASK_MPI_HOME}/bin/mpirun)
# Can a job outlive the death of ranks (user-level fault mitigation)? Tests ask.
include(CheckCXXSymbolExists)
set(CMAKE_REQUIRED_LIBRARIES MPI::MPI_CXX)
check_cxx_symbol_exists(OMPI_HAVE_MPI_EXT_FTMPI "mpi.h;mpi-ext.h" UNMASK_MPI_SURVIVES_DEATHS)
unset(CMAKE_REQUIRED_LIBRARIES)
add_library(unmask_mpi INTERFACE)
target_link_libraries(unmask_mpi INTERFACE MPI::MPI_CXX)
