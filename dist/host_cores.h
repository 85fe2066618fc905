// Which processor cores the ranks of this host may run on, for those who would keep one busy beside the training.
//
//   const HostCores cores = runtime.cores();
//   const bool overlap = core_to_spare(cores, options.train.threads_per_rank);
#pragma once

#include <vector>

namespace unmask {

struct HostCores {
  int ranks = 1;  // on this host
  int own = 0;    // cores that this rank may run on
  int all = 0;    // that any of them may run on: a launcher may have bound each to cores of its own, or none to any
};

/// The cores that this thread may run on, by their numbers, ascending. None where the system doesn't tell.
std::vector<int> allowed_cores();
inline constexpr int kMostCores = 1024;

/// Is there a core for one thread more in every rank than the `threads_per_rank` that train?
bool core_to_spare(const HostCores& cores, int threads_per_rank);

}  // namespace unmask
