// Who trains on what: pure functions of values, the same on every rank.
#pragma once

#include <cstdint>
#include <vector>

namespace unmask {

/// The samples kept under `ratio` in (0, 1], ascending.
/// Subsets are nested: a smaller ratio keeps a subset of a larger one's.
/// Keeps ceil(ratio * n). A function of (n, ratio, seed).
std::vector<std::uint32_t> plan_subset(std::uint32_t n, double ratio, std::uint64_t seed);

/// A permutation of {0, …, n - 1}: slot → index. A function of (n, seed, epoch) alone.
std::vector<std::uint32_t> plan_order(std::uint32_t n, std::uint64_t seed, std::uint32_t epoch);

/// ceil(n / global_batch_size): the last batch of an epoch is kept. One less where it would be a lone sample, which
/// joins the batch before it, if there is one (normalisation needs two).
constexpr std::int64_t steps_per_epoch(std::int64_t n, std::int64_t global_batch_size) {
  const bool joins = n > global_batch_size && n % global_batch_size == 1;
  return (n + global_batch_size - 1) / global_batch_size - (joins ? 1 : 0);
}

/// Samples of an epoch's batch number `step`, from 0.
constexpr std::int64_t batch_samples(std::int64_t n, std::int64_t global_batch_size, std::int64_t step) {
  const bool is_last = step + 1 == steps_per_epoch(n, global_batch_size);
  return is_last ? n - step * global_batch_size : global_batch_size;
}

/// Consecutive slots [first, first + count) of a global batch that go through the network together.
struct Microbatch {
  std::int64_t first = 0, count = 0;
  bool operator==(const Microbatch&) const = default;
};

/// Cuts a batch of `batch_size` samples into microbatches of `microbatch_size` (0: the whole batch).
/// A rest of fewer than 2 samples joins the microbatch before it (BatchNorm needs two).
std::vector<Microbatch> plan_microbatches(std::int64_t batch_size, std::int64_t microbatch_size);

/// The indices of the microbatches that `rank` of `world` works on: a contiguous block; blocks differ by at most one.
std::vector<std::int64_t> plan_shard(std::int64_t microbatches, int rank, int world);

}  // namespace unmask
