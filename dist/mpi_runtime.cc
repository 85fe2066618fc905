#include "dist/mpi_runtime.h"

#include <mpi.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <numeric>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "dist/mpi_communicator.h"
#include "dist/mpi_fault_mitigation.h"

namespace unmask {
namespace {

std::optional<int> number(const char* text) {
  if (text == nullptr) return std::nullopt;
  int value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  return error == std::errc() && stop == end && value > 0 ? std::optional(value) : std::nullopt;
}

/// `srun` sets a task's place in a numbered step. The batch shell has SLURM_NTASKS too,
/// with no step or with a special one.
bool is_slurm_task(const char* (*variable)(const char*)) {
  const char* step = variable("SLURM_STEP_ID");
  if (step == nullptr) step = variable("SLURM_STEPID");
  if (step == nullptr || variable("SLURM_PROCID") == nullptr) return false;
  const std::string_view name = step;
  return number(step).has_value() ? number(step).value() < 0x7fffff00 : name == "0";
}

/// The launcher that belongs to this MPI: the build's, or that of the bundle that the program was started from.
std::string own_mpirun(const char* (*variable)(const char*)) {
  const char* bundled = variable("UNMASK_MPIRUN");
  return bundled != nullptr ? bundled : UNMASK_MPIRUN;
}

struct Launcher {
  std::string variable;
  int size = 0;
  std::string remedy;
};

std::optional<Launcher> launcher_of(const char* (*variable)(const char*)) {
  const std::string mpirun = own_mpirun(variable);
  // The innermost launcher counts: mpirun inside an srun step sets Open MPI's own variable.
  if (const auto size = number(variable("OMPI_COMM_WORLD_SIZE"))) {
    return Launcher{"OMPI_COMM_WORLD_SIZE", *size,
                    "this mpirun belongs to another MPI than the one unmask was built with; launch with: " + mpirun +
                        " -n " + std::to_string(*size) + " unmask …"};
  }
  if (is_slurm_task(variable)) {
    // A step may have fewer tasks than the job.
    const char* name = variable("SLURM_STEP_NUM_TASKS") != nullptr ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS";
    if (const auto size = number(variable(name))) {
      const std::string ranks = std::to_string(*size);
      return Launcher{name, *size,
                      "plain srun starts " + ranks + " separate programs; launch with: srun --mpi=pmix -n " + ranks +
                          " unmask …   or, inside the allocation: " + mpirun + " -n " + ranks + " unmask …"};
    }
  }
  if (const auto size = number(variable("PMI_SIZE"))) {
    return Launcher{"PMI_SIZE", *size,
                    "this launcher speaks another protocol than the MPI of the build; launch with: " + mpirun + " -n " +
                        std::to_string(*size) + " unmask …   or: srun --mpi=pmix -n " + std::to_string(*size) +
                        " unmask …"};
  }
  return std::nullopt;
}

/// COLLECTIVE over all ranks.
MPI_Comm ranks_of_host() {
  MPI_Comm host = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
  return host;
}

}  // namespace

std::optional<std::string> launcher_mismatch(int mpi_world, const char* (*variable)(const char*)) {
  const std::optional<Launcher> launcher = launcher_of(variable);
  if (!launcher || launcher->size == mpi_world) return std::nullopt;
  return "the launcher started " + std::to_string(launcher->size) + " ranks (" + launcher->variable +
         "), but MPI sees a world of " + std::to_string(mpi_world) + ": " + launcher->remedy;
}

std::string mpi_library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  check_mpi(MPI_Get_library_version(text, &length), "MPI_Get_library_version");
  const std::string_view all(text, static_cast<std::size_t>(length));
  return std::string(all.substr(0, all.find_first_of(",\n")));
}

MpiRuntime::MpiRuntime(int* argc, char*** argv) {
#if defined(OMPI_MAJOR_VERSION) && OMPI_MAJOR_VERSION >= 5
  // Open MPI's way of reaching into other ranks' memory over libfabric: nothing here does, and where it is there it
  // sleeps for a second before it gives way.
  ::setenv("OMPI_MCA_btl", "^ofi", /*overwrite=*/0);
#endif
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
  // Errors are returned, never fatal; communicators made from these two inherit it.
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  int world = 0;
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &world), "MPI_Comm_size");
  std::string fault;
  if (provided < MPI_THREAD_MULTIPLE) {
    fault = "this MPI gives thread level " + std::to_string(provided) + ", but unmask needs MPI_THREAD_MULTIPLE (" +
            std::to_string(MPI_THREAD_MULTIPLE) +
            "): build with the MPI of .venv, or another that has it (-DUNMASK_MPI_HOME=…)";
  } else if (const auto mismatch =
                 launcher_mismatch(world, [](const char* name) -> const char* { return std::getenv(name); })) {
    fault = *mismatch;
  }
  if (!fault.empty()) {
    MPI_Finalize();  // every rank of this world comes here: the inputs are the same
    throw Error(ErrorKind::kUsage, fault);
  }
  MPI_Comm host = ranks_of_host();
  check_mpi(MPI_Comm_rank(host, &local_rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(host, &local_world_), "MPI_Comm_size");
  check_mpi(MPI_Comm_free(&host), "MPI_Comm_free");
}

MpiRuntime::~MpiRuntime() {
  // With an exception in flight the peers may be inside a collective: to finalize would wait for them.
  if (std::uncaught_exceptions() == 0) MPI_Finalize();
}

std::unique_ptr<Communicator> MpiRuntime::world() { return MpiCommunicator::duplicate_of(MPI_COMM_WORLD); }

std::unique_ptr<Communicator> MpiRuntime::living() {
  if (!survives_deaths()) return nullptr;
  MPI_Comm living = MPI_COMM_NULL;
  check_mpi(shrink_to_living(MPI_COMM_WORLD, &living), "MPIX_Comm_shrink");
  int all = 0, left = 0;
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &all), "MPI_Comm_size");
  check_mpi(MPI_Comm_size(living, &left), "MPI_Comm_size");
  ranks_died_ = left < all;
  return std::make_unique<MpiCommunicator>(living, MpiCommunicatorOptions{});
}

std::unique_ptr<RankNetwork> MpiRuntime::network() { return std::make_unique<RankNetwork>(); }

int MpiRuntime::local_rank() const { return local_rank_; }
int MpiRuntime::local_world() const { return local_world_; }

HostCores MpiRuntime::cores() const {
  const std::vector<int> own = allowed_cores();
  std::array<int, kMostCores> any{};  // whether a rank may run there
  for (const int core : own) any[static_cast<std::size_t>(core)] = 1;
  MPI_Comm host = ranks_of_host();
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, any.data(), kMostCores, MPI_INT, MPI_MAX, host), "MPI_Allreduce");
  check_mpi(MPI_Comm_free(&host), "MPI_Comm_free");
  return {local_world_, static_cast<int>(own.size()), std::accumulate(any.begin(), any.end(), 0)};
}

void MpiRuntime::abort(int exit_code) {
  // MPI_Abort talks to the launcher, which may be behind a cut link.
  std::thread([exit_code] {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    std::_Exit(exit_code);
  }).detach();
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

}  // namespace unmask
