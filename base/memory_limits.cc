#include "base/memory_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kUnlimited = std::int64_t{1} << 60;  // version 1 writes a number near 2^63

/// A file of one number; nothing where it isn't there or says "max".
std::optional<std::int64_t> number_in(const fs::path& file) {
  std::int64_t number = 0;
  return std::ifstream(file) >> number ? std::optional(number) : std::nullopt;
}

/// The number behind `key` in a file of lines "key number"; 0 where there is none.
std::int64_t number_of(const fs::path& file, const std::string& key) {
  std::ifstream lines(file);
  std::string word;
  for (std::int64_t number = 0; lines >> word >> number; lines.ignore(100, '\n')) {
    if (word == key) return number;
  }
  return 0;
}

bool holds_word(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

/// Where a hierarchy is mounted.
struct Mount {
  std::string root, point;  // what of the hierarchy is mounted, and where
};

/// Of version 2, or of version 1's hierarchy with the memory controller.
std::optional<Mount> find_mount(const fs::path& root, bool is_v2) {
  std::ifstream lines(root / "proc/self/mountinfo");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    std::istringstream before(line), after(line.substr(separator + 3));
    std::string skipped, type, source, options;
    Mount mount;
    before >> skipped >> skipped >> skipped >> mount.root >> mount.point;
    after >> type >> source >> options;
    if (is_v2 ? type == "cgroup2" : type == "cgroup" && holds_word(options, "memory")) return mount;
  }
  return std::nullopt;
}

std::string mib(std::int64_t bytes) { return std::to_string(bytes / (1 << 20)) + " MiB"; }

}  // namespace

std::string MemoryRoom::text() const {
  return where + " (limit " + mib(limit_bytes) + ") has room for " + mib(std::max<std::int64_t>(0, free_bytes));
}

MemoryLimits::MemoryLimits(const fs::path& root) : root_(root) {
  std::ifstream lines(root / "proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {  // "4:memory:/slurm/job_9", "0::/system.slice"
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_v2 = line.starts_with("0:") && controllers.empty();
    if (!is_v2 && !holds_word(controllers, "memory")) continue;
    const auto mount = find_mount(root, is_v2);
    if (!mount) continue;
    // In a container the path may be the host's, and the mount only a part of the hierarchy.
    std::string path = line.substr(second + 1);
    const std::string above = mount->root == "/" ? "" : mount->root;
    path = path.starts_with(above) ? path.substr(above.size()) : "";
    add_groups(root / fs::path(mount->point).relative_path(), path, is_v2);
  }
}

void MemoryLimits::add_groups(const fs::path& mount, const std::string& path, bool is_v2) {
  for (fs::path group = fs::path(path).relative_path();; group = group.parent_path()) {
    groups_.push_back({mount / group, "/" + group.string(), is_v2});
    if (group.empty()) return;
  }
}

std::int64_t MemoryLimits::kills() const {
  // Version 2 counts the kills of those below, too: what is above may be other jobs'. Only one version has the memory.
  std::int64_t most = 0;
  bool is_own = true;
  for (const Group& group : groups_) {
    if (is_own)
      most =
          std::max(most, number_of(group.folder / (group.is_v2 ? "memory.events" : "memory.oom_control"), "oom_kill"));
    is_own = group.name == "/";  // the next one is of another hierarchy
  }
  return most;
}

MemoryRoom MemoryLimits::room() const {
  const fs::path machine = root_ / "proc/meminfo";
  MemoryRoom tightest{std::numeric_limits<std::int64_t>::max(), number_of(machine, "MemTotal:") * 1024, "this machine"};
  if (const std::int64_t available = number_of(machine, "MemAvailable:") * 1024; available > 0)
    tightest.free_bytes = available / 10 * 9;
  for (const Group& group : groups_) {
    const auto limit = number_in(group.folder / (group.is_v2 ? "memory.max" : "memory.limit_in_bytes"));
    const auto used = number_in(group.folder / (group.is_v2 ? "memory.current" : "memory.usage_in_bytes"));
    if (!limit || !used || *limit >= kUnlimited) continue;
    const fs::path stat = group.folder / "memory.stat";
    const std::string of_all = group.is_v2 ? "" : "total_";  // those below it too
    const std::int64_t cached = number_of(stat, of_all + "active_file") + number_of(stat, of_all + "inactive_file");
    const std::int64_t free = *limit / 10 * 9 - (*used - cached);
    if (free < tightest.free_bytes) tightest = {free, *limit, "memory cgroup " + group.name};
  }
  return tightest;
}

std::int64_t most_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace unmask
