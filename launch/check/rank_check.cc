#include "launch/check/rank_check.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "base/host_name.h"
#include "base/memory_limits.h"
#include "base/number_text.h"
#include "base/seconds_since.h"
#include "dist/gpus.h"
#include "dist/host_cores.h"
#include "dist/mpi_runtime.h"
#include "launch/check/disk_space.h"
#include "launch/check/rank_facts.h"
#include "launch/run/config_resolution.h"
#include "sweep/plan/makespan_plan.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// What the kernel tells of them.
std::string gpus_text() {
  std::error_code none;
  const fs::directory_iterator gpus("/proc/driver/nvidia/gpus", none);
  const auto count = none ? 0 : std::distance(begin(gpus), end(gpus));
  if (count == 0) return "no GPU";
  const std::string release = driver_release();
  return std::to_string(count) + " of the host, driver " + (release.empty() ? "?" : release);
}

/// How far this rank's clock is ahead of rank zero's. COLLECTIVE. The closest of several looks: a barrier lets ranks go
/// at slightly different times.
double clock_ahead_s(Communicator& world) {
  double closest = 0;
  for (int look = 0; look < 5; ++look) {
    world.barrier();
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    char text[64];
    std::snprintf(text, sizeof text, "%.6f", now);
    const double ahead = now - std::stod(broadcast_text(world, text));
    if (look == 0 || std::abs(ahead) < std::abs(closest)) closest = ahead;
  }
  return closest;
}

/// Two processes must not both hold a lock of one file. COLLECTIVE.
void try_locks(Communicator& world, const fs::path& folder, RankFacts& facts) {
  fs::path file = folder / (".unmask-check-" + std::to_string(::getpid()));
  int fd = -1;
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  if (world.rank() == 0) {
    fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool locked = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fcntl(fd, F_SETLK, &range) == 0;
    facts.got_flock = facts.got_fcntl = locked;
    facts.sees_file = fd >= 0;
  }
  file = broadcast_text(world, file.string());  // after rank zero has its locks
  if (world.rank() != 0) {
    fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    facts.sees_file = fd >= 0;
    facts.got_flock = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    facts.got_fcntl = fd >= 0 && ::fcntl(fd, F_SETLK, &range) == 0;
  }
  world.barrier();  // rank zero holds its locks until all have tried
  if (fd >= 0) ::close(fd);
  if (world.rank() == 0) ::unlink(file.c_str());
}

/// Megabytes a second of an all-reduce of 4 MiB: the median of several. COLLECTIVE.
double all_reduce_rate(Communicator& world) {
  constexpr std::size_t kBytes = 4 << 20;
  std::vector<std::int64_t> values(kBytes / sizeof(std::int64_t), 1);
  std::vector<double> seconds;
  for (int round = 0; round < 9; ++round) {
    world.barrier();
    const auto start = std::chrono::steady_clock::now();
    world.all_reduce_sum(values);
    seconds.push_back(seconds_since(start));
  }
  return static_cast<double>(kBytes) / 1e6 / median(seconds);
}

/// How the ranks' first facts and the speed of their network are told.
std::string told(const std::vector<RankFacts>& ranks, double megabytes_per_s) {
  return ranks_table(ranks) + "\nMPI: " + mpi_library() + ", MPI_THREAD_MULTIPLE; all-reduce of 4 MiB over " +
         std::to_string(ranks.size()) + " ranks: " + fixed_text(megabytes_per_s, 0) +
         " MB/s\nnumerics: " + ranks.front().numerics;
}

}  // namespace

std::string check_ranks(Session& session, const RunConfig& config, const std::string& run, std::int64_t rank_bytes,
                        Findings& findings) {
  Communicator& world = session.world();
  const fs::path folder = broadcast_text(world, existing_folder(run).string());
  RankFacts mine;
  mine.rank = session.rank();
  mine.host = host_name();
  mine.cores = allowed_cores();
  mine.gpus = gpus_text();
  mine.memory_bytes = MemoryLimits().room().free_bytes;
  try {
    mine.numerics = run_numerics(config, session.local_rank());
  } catch (const Error& error) {  // this rank's alone, perhaps
    mine.numerics = error.what();
  }
  mine.clock_ahead_s = clock_ahead_s(world);
  try_locks(world, folder, mine);
  const double rate = all_reduce_rate(world);
  std::vector<RankFacts> all;
  for (const std::string& text : all_gather_text(world, mine.text())) all.push_back(RankFacts::from(text));
  if (!session.speaks()) return "";
  RankFacts& root = all.front();
  if (!root.sees_file) {
    findings.fault(ErrorKind::kUsage, folder.string() + ": no file can be made there; choose another --run folder");
  } else {
    if (!root.got_flock)
      findings.warn(folder.string() +
                    ": its file system has no flock or fcntl locks; a run is guarded by the counter of its lock alone");
    root.got_flock = root.got_fcntl = false;  // the locks are its own
    judge_ranks(all, config.trial.train.threads_per_rank, rank_bytes, folder.string(), findings);
  }
  return told(all, rate);
}

}  // namespace unmask
