#include "dist/gpu_sight.h"

#include <cstdlib>
#include <iterator>
#include <map>

#include "base/error.h"

namespace unmask {
namespace {

std::string cuda_text(int version) {
  return "CUDA " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// The first release of NVIDIA's driver that runs programs made with a CUDA of this major version, whatever its minor
/// one; 0: not known. By NVIDIA's table of minor version compatibility.
int first_release(int cuda_major) {
  switch (cuda_major) {
    case 11: return 450;
    case 12: return 525;
    case 13: return 580;
    default: return 0;
  }
}

}  // namespace

std::string driver_text(const GpuSight& sight) {
  std::string text = "no driver was found";
  if (sight.driver > 0 || !sight.release.empty()) {
    text = "driver";
    if (!sight.release.empty()) text += " " + sight.release;
    if (sight.driver > 0) text += (sight.release.empty() ? " of " : " (") + cuda_text(sight.driver);
    text += std::string(sight.driver > 0 && !sight.release.empty() ? ")" : "") + " was found";
  }
  const int first = first_release(sight.wanted / 1000);
  return text + "; wanted is " +
         (first > 0 ? std::to_string(first) + " or newer (" + cuda_text(sight.wanted) + ")"
                    : "one of " + cuda_text(sight.wanted) + " or newer");
}

bool driver_is_too_old(const GpuSight& sight) {
  if (sight.driver > 0) return sight.driver / 1000 < sight.wanted / 1000;
  return !sight.release.empty() && std::atoi(sight.release.c_str()) < first_release(sight.wanted / 1000);
}

int gpu_of_local_rank(int local_rank, int usable) { return usable > 0 ? local_rank % usable : 0; }

std::vector<int> number_gpus(const std::vector<std::string>& uuids, int ranks_per_gpu) {
  std::map<std::string, std::vector<int>> ranks_on;
  std::vector<int> gpu_of;
  bool shared = false;
  for (const std::string& uuid : uuids) {
    const int rank = static_cast<int>(gpu_of.size());
    gpu_of.push_back(rank);
    if (uuid.empty()) continue;
    std::vector<int>& ranks = ranks_on[uuid];
    ranks.push_back(rank);
    gpu_of.back() = ranks.front();
    shared |= ranks.size() > 1;
    if (std::ssize(ranks) <= ranks_per_gpu) continue;
    throw Error(ErrorKind::kUsage,
                "ranks " + std::to_string(ranks.front()) + " and " + std::to_string(rank) + " have the same GPU (" +
                    uuid + "), and runtime.ranks_per_gpu is " + std::to_string(ranks_per_gpu) +
                    ": start that many ranks for each GPU of a host, or let more small trials share one");
  }
  return shared ? gpu_of : std::vector<int>();
}

}  // namespace unmask
