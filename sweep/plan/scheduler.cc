#include "sweep/plan/scheduler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

namespace unmask {
namespace {

int ceil_div(int a, int b) { return (a + b - 1) / b; }
int free_count(const PoolState& pool) { return static_cast<int>(pool.free_ranks.size()); }
int free_gpus(const PoolState& pool) { return static_cast<int>(one_of_each_gpu(pool.free_ranks, pool.gpu_of).size()); }
/// The largest group that there can be.
int most_ranks(const PoolState& pool) {
  if (pool.gpu_of.empty()) return pool.ranks;
  std::vector<int> ranks = pool.free_ranks;
  for (const RunningGroup& group : pool.running) ranks.insert(ranks.end(), group.ranks.begin(), group.ranks.end());
  return static_cast<int>(one_of_each_gpu(ranks, pool.gpu_of).size());
}

/// Free ranks as runs of neighbours: ranks beside each other are mostly on one host.
class FreeRuns {
 public:
  explicit FreeRuns(const std::vector<int>& ascending) {
    for (std::size_t begin = 0, end = 0; begin < ascending.size(); begin = end) {
      for (end = begin + 1; end < ascending.size() && ascending[end] == ascending[end - 1] + 1;) ++end;
      runs_.emplace(static_cast<int>(end - begin), ascending[begin]);
    }
  }

  /// From the shortest run that holds them all, so that long runs stay whole; from several only if none does.
  std::vector<int> take(int count) {
    std::vector<int> ranks;
    while (count > 0) {
      auto run = runs_.lower_bound({count, 0});
      if (run == runs_.end()) --run;
      const auto [length, first] = *run;
      runs_.erase(run);
      const int taken = std::min(length, count);
      for (int i = 0; i < taken; ++i) ranks.push_back(first + i);
      if (taken < length) runs_.emplace(length - taken, first + taken);
      count -= taken;
    }
    std::sort(ranks.begin(), ranks.end());
    return ranks;
  }

 private:
  std::set<std::pair<int, int>> runs_;  // (length, first rank)
};

/// Free ranks of which several share a GPU.
class FreeGpus {
 public:
  FreeGpus(const std::vector<int>& ascending, const std::vector<int>& gpu_of) {
    for (const int rank : ascending) ranks_[gpu_of[static_cast<std::size_t>(rank)]].push_back(rank);
  }

  int count() const { return static_cast<int>(ranks_.size()); }

  /// One of each of the `count` GPUs with most free ranks: so that groups to come find as many GPUs as can be.
  std::vector<int> take(int count) {
    std::vector<std::pair<std::ptrdiff_t, int>> order;  // (minus free ranks, GPU)
    for (const auto& [gpu, ranks] : ranks_) order.emplace_back(-std::ssize(ranks), gpu);
    std::ranges::sort(order);
    order.resize(static_cast<std::size_t>(count));
    std::vector<int> taken;
    for (const auto& [minus_free, gpu] : order) {
      std::vector<int>& ranks = ranks_.at(gpu);
      taken.push_back(ranks.front());
      ranks.erase(ranks.begin());
      if (ranks.empty()) ranks_.erase(gpu);
    }
    std::ranges::sort(taken);
    return taken;
  }

 private:
  std::map<int, std::vector<int>> ranks_;  // by GPU, never empty
};

/// A trial among those that ranks are shared out to.
struct Claim {
  const TrialLoad* load = nullptr;
  int ranks = 1;                        // planned
  double growing_costs_s = 0;           // for the first rank more: a running lease has to end for it
  const RunningGroup* group = nullptr;  // of a running trial
};

/// The next larger size that shortens the trial by more than growing costs; 0 = none.
int next_size(const Claim& claim) {
  const TrialLoad& load = *claim.load;
  const int on_one_rank = ceil_div(load.microbatches, claim.ranks);
  const double saved_s = static_cast<double>(load.steps_left) * load.microbatch_s;  // by a microbatch fewer on one rank
  if (saved_s <= 0) return 0;
  const double fewer = std::floor(claim.growing_costs_s / saved_s) + 1;
  return fewer < on_one_rank ? ceil_div(load.microbatches, on_one_rank - static_cast<int>(fewer)) : 0;
}

/// Gives `free` ranks to whoever takes longest and can use them, `most` of them at most, again and again; returns what
/// nobody can use.
int share_out(std::vector<Claim>& claims, int free, int most) {
  std::vector<std::pair<double, std::size_t>> longest;  // a heap of (seconds left, claim)
  for (std::size_t i = 0; i < claims.size(); ++i) {
    longest.emplace_back(seconds_left(*claims[i].load, claims[i].ranks), i);
  }
  std::make_heap(longest.begin(), longest.end());
  while (free > 0 && !longest.empty()) {
    std::pop_heap(longest.begin(), longest.end());
    auto& [left_s, i] = longest.back();
    Claim& claim = claims[i];
    const int size = next_size(claim);
    if (size == 0 || size > most || size - claim.ranks > free) {  // for good: `free` only falls
      longest.pop_back();
      continue;
    }
    free -= size - claim.ranks;
    claim.ranks = size;
    claim.growing_costs_s = 0;
    left_s = seconds_left(*claim.load, size);
    std::push_heap(longest.begin(), longest.end());
  }
  return free;
}

/// The first `most` of the waiting trials by `key`, an earlier cohort always before a later one, without those that may
/// not be begun.
template <typename Key>
std::vector<Claim> first_in_line(const PoolState& pool, std::size_t most, const Key& key) {
  std::vector<std::pair<decltype(key(pool.waiting.front())), const TrialLoad*>> line;
  line.reserve(pool.waiting.size());
  for (const TrialLoad& load : pool.waiting) line.emplace_back(key(load), &load);
  most = std::min(most, line.size());
  // Those that are passed over make room for others behind.
  const bool may_pass_over = static_cast<std::size_t>(std::max(pool.may_begin, 0)) < most;
  const auto sorted = static_cast<std::ptrdiff_t>(may_pass_over ? line.size() : most);
  std::partial_sort(line.begin(), line.begin() + sorted, line.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second->cohort, a.first, a.second->trial) < std::tie(b.second->cohort, b.first, b.second->trial);
  });
  std::vector<Claim> claims;
  int may_begin = pool.may_begin;
  for (std::ptrdiff_t i = 0; i < sorted && claims.size() < most; ++i) {
    const TrialLoad& load = *line[static_cast<std::size_t>(i)].second;
    if (load.begun || may_begin-- > 0) claims.push_back({.load = &load});
  }
  return claims;
}

/// By id, but for those that have begun.
std::vector<Claim> first_by_id(const PoolState& pool, std::size_t most) {
  return first_in_line(pool, most, [](const TrialLoad& load) { return !load.begun; });
}

/// One for each rank that is free. Longest is who would take longest with all ranks: what is left for the end should be
/// what many ranks can share.
std::vector<Claim> longest_first(const PoolState& pool) {
  return first_in_line(pool, pool.free_ranks.size(), [&](const TrialLoad& load) {
    return std::tuple(!load.holds_up_others, !load.begun, -seconds_left(load, pool.ranks), -seconds_left(load, 1));
  });
}

/// Large groups choose their ranks first; the grants stay in the order of the claims. Where GPUs are shared a group may
/// find fewer than it claims.
std::vector<Grant> place(const std::vector<Claim>& claims, const PoolState& pool) {
  std::vector<std::size_t> order(claims.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return claims[a].ranks > claims[b].ranks; });
  std::vector<Grant> grants(claims.size());
  const auto take_all = [&](const auto& take) {
    for (const std::size_t i : order) grants[i] = {claims[i].load->trial, take(claims[i])};
  };
  if (pool.gpu_of.empty()) {
    FreeRuns runs(pool.free_ranks);
    take_all([&](const Claim& claim) { return runs.take(claim.ranks); });
  } else {
    FreeGpus gpus(pool.free_ranks, pool.gpu_of);
    take_all([&](const Claim& claim) {
      return gpus.take(useful_group_size(claim.load->microbatches, std::min(claim.ranks, gpus.count())));
    });
  }
  return grants;
}

Schedule sequential(const PoolState& pool) {
  if (!pool.running.empty() || pool.free_ranks.empty()) return {};
  std::vector<Claim> claims = first_by_id(pool, 1);
  for (Claim& claim : claims) claim.ranks = useful_group_size(claim.load->microbatches, free_gpus(pool));
  return {place(claims, pool), {}};
}

Schedule concurrent(const PoolState& pool) {
  std::vector<Claim> claims;
  int free = free_count(pool);
  for (Claim& claim : first_by_id(pool, pool.free_ranks.size())) {
    claim.ranks = useful_group_size(claim.load->microbatches, std::min(pool.group_size, most_ranks(pool)));
    if (claim.ranks > free) break;  // a smaller trial behind it doesn't overtake: the order is that of the line
    claims.push_back(claim);
    free -= claim.ranks;
  }
  std::vector<Grant> grants = place(claims, pool);
  for (std::size_t i = 0; i < grants.size(); ++i) {  // nor does one behind a group that doesn't find its GPUs
    if (std::ssize(grants[i].ranks) < claims[i].ranks) grants.resize(i);
  }
  return {std::move(grants), {}};
}

Schedule elastic(const PoolState& pool) {
  if (pool.free_ranks.empty()) return {};
  std::vector<Claim> claims = longest_first(pool), later;
  const std::size_t granted = claims.size();
  for (const RunningGroup& group : pool.running) {
    const int size = static_cast<int>(group.ranks.size());
    if (group.ending) {
      claims.push_back({.load = &group.load, .ranks = size});
    } else if (pool.gpu_of.empty()) {
      later.push_back({&group.load, size, pool.lease_cost_s, &group});
    }
  }
  // Who is between two leases comes first: its lease ended for these ranks, and no other has to end for it.
  const int most = pool.gpu_of.empty() ? pool.ranks : free_gpus(pool);
  const int free = share_out(claims, free_count(pool) - static_cast<int>(granted), most);
  claims.resize(granted);
  share_out(later, free, pool.ranks);
  Schedule schedule;
  for (const Claim& claim : later) {
    if (claim.ranks > static_cast<int>(claim.group->ranks.size())) schedule.end_leases.push_back(claim.group->lease);
  }
  schedule.grants = place(claims, pool);
  return schedule;
}

}  // namespace

int useful_group_size(int microbatches, int ranks) {
  return ceil_div(microbatches, ceil_div(microbatches, std::max(ranks, 1)));
}

std::vector<int> one_of_each_gpu(const std::vector<int>& ranks, const std::vector<int>& gpu_of) {
  if (gpu_of.empty()) return ranks;
  std::vector<int> firsts;
  std::set<int> seen;
  for (const int rank : ranks) {
    if (seen.insert(gpu_of[static_cast<std::size_t>(rank)]).second) firsts.push_back(rank);
  }
  return firsts;
}

double seconds_left(const TrialLoad& load, int ranks) {
  return static_cast<double>(load.steps_left) * ceil_div(load.microbatches, ranks) * load.microbatch_s;
}

Schedule schedule(const PoolState& pool) {
  switch (pool.mode) {
    case SweepMode::kSequential: return sequential(pool);
    case SweepMode::kConcurrent: return concurrent(pool);
    case SweepMode::kElastic: break;
  }
  return elastic(pool);
}

}  // namespace unmask
