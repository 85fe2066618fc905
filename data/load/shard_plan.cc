#include "data/load/shard_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/philox.h"

namespace unmask {
namespace {

std::vector<std::uint32_t> shuffled(std::uint32_t n, Draws draws) {
  std::vector<std::uint32_t> values(n);
  std::iota(values.begin(), values.end(), 0u);
  shuffle(values, draws);
  return values;
}

}  // namespace

std::vector<std::uint32_t> plan_subset(std::uint32_t n, double ratio, std::uint64_t seed) {
  // One permutation for every ratio: a smaller subset is a shorter prefix, so subsets are nested.
  std::vector<std::uint32_t> kept = shuffled(n, Draws(seed, DrawFor::kSubset));
  // 0.07 * 100 is 7.000000000000001 in floating point; the factor takes such dust away before rounding up.
  const double wanted = std::ceil(ratio * n * (1.0 - 1e-12));
  kept.resize(static_cast<std::size_t>(std::clamp(wanted, 0.0, static_cast<double>(n))));
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::vector<std::uint32_t> plan_order(std::uint32_t n, std::uint64_t seed, std::uint32_t epoch) {
  return shuffled(n, Draws(seed, DrawFor::kOrder, epoch));
}

std::vector<Microbatch> plan_microbatches(std::int64_t batch_size, std::int64_t microbatch_size) {
  if (batch_size <= 0) return {};
  if (microbatch_size <= 0) return {{0, batch_size}};
  std::vector<Microbatch> microbatches;
  for (std::int64_t first = 0; first < batch_size; first += microbatch_size) {
    const std::int64_t count = std::min(microbatch_size, batch_size - first);
    const bool is_rest = count < microbatch_size;
    if (is_rest && count < 2 && !microbatches.empty()) {
      microbatches.back().count += count;
    } else {
      microbatches.push_back({first, count});
    }
  }
  return microbatches;
}

std::vector<std::int64_t> plan_shard(std::int64_t microbatches, int rank, int world) {
  const std::int64_t share = microbatches / world;
  const std::int64_t larger = microbatches % world;  // the first ranks take one more
  const std::int64_t first = rank * share + std::min<std::int64_t>(rank, larger);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(share + (rank < larger ? 1 : 0)));
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

}  // namespace unmask
