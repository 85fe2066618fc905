// How much memory this process may still take: at the limit of a memory cgroup (a Slurm job's, a container's) the
// kernel kills without a word, so whoever takes much asks first.
//
//   const MemoryLimits limits;
//   const MemoryRoom room = limits.room();
//   if (bytes > room.free_bytes) throw Error(ErrorKind::kFailed, "out of memory: " + room.text(), Cause::kMemory);
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace unmask {

struct MemoryRoom {
  std::int64_t free_bytes = 0;   // up to nine tenths of the limit, or of what the machine has left; may be negative
  std::int64_t limit_bytes = 0;  // of the cgroup; of the machine, all that it has
  std::string where;             // "memory cgroup /slurm/job_9"; "this machine"

  /// "memory cgroup /slurm/job_9 (limit 1500 MiB) has room for 20 MiB"
  std::string text() const;
};

/// The memory cgroups that this process is in, and those above them, of versions 1 and 2. They are looked up once. What
/// the kernel can take back, cached files, is not counted as used. THREAD: any.
class MemoryLimits {
 public:
  /// `root`: where /proc and the mounted cgroups are looked for; another one is a recording of some machine.
  explicit MemoryLimits(const std::filesystem::path& root = "/");
  /// The tightest of all, the machine included. Reads a few small files.
  MemoryRoom room() const;
  /// How often the kernel has ended a process of this process's own cgroup for lack of memory. Of version 1 since Linux
  /// 4.13; 0 where there is no such cgroup. It rises, and starts anew with another cgroup (a job's next one).
  std::int64_t kills() const;

 private:
  struct Group {
    std::filesystem::path folder;
    std::string name;
    bool is_v2;
  };
  void add_groups(const std::filesystem::path& mount, const std::string& path, bool is_v2);
  std::filesystem::path root_;
  std::vector<Group> groups_;  // from each hierarchy this process's own, then those above it
};

/// The most memory that this process has held at once.
std::int64_t most_memory_bytes();

}  // namespace unmask
