#include "dist/gpu_sight.h"

#include <map>

#include "base/error.h"

namespace unmask {

void require_own_gpus(const std::vector<std::string>& uuids) {
  std::map<std::string, std::size_t> owner;
  for (std::size_t rank = 0; rank < uuids.size(); ++rank) {
    if (uuids[rank].empty()) continue;
    const auto [found, is_new] = owner.emplace(uuids[rank], rank);
    if (is_new) continue;
    throw Error(ErrorKind::kUsage, "ranks " + std::to_string(found->second) + " and " + std::to_string(rank) +
                                       " have the same GPU (" + uuids[rank] +
                                       "): start as many ranks on each host as it has GPUs");
  }
}

}  // namespace unmask
