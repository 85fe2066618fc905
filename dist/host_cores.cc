#include "dist/host_cores.h"

#include <sched.h>

#include <cstddef>

namespace unmask {

std::vector<int> allowed_cores() {
  static_assert(CPU_SETSIZE == kMostCores);
  std::vector<int> cores;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return cores;
  for (int core = 0; core < kMostCores; ++core) {
    if (CPU_ISSET(static_cast<std::size_t>(core), &allowed)) cores.push_back(core);
  }
  return cores;
}

bool core_to_spare(const HostCores& cores, int threads_per_rank) {
  const int wanted = threads_per_rank + 1;
  return cores.own >= wanted && cores.all >= cores.ranks * wanted;
}

}  // namespace unmask
