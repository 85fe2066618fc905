#include "dist/gpu_sight.h"

#include <iterator>
#include <map>

#include "base/error.h"

namespace unmask {

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
