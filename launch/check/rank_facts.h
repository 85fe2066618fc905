// What each rank tells of itself and its machine, and what is wrong with all of them together. Pure.
//
//   std::vector<RankFacts> ranks;
//   for (const std::string& text : all_gather_text(world, mine.text())) ranks.push_back(RankFacts::from(text));
//   ranks_table(ranks);                             // a row for the ranks of a host that are alike
//   judge_ranks(ranks, 1, 0, "runs/demo", findings);  // "ranks 0-3: one core only …"
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "launch/check/findings.h"

namespace unmask {

struct RankFacts {
  int rank = 0;
  std::string host;
  std::vector<int> cores;         // that it may use
  std::string gpus;               // "no GPU"; "4 GPUs, driver 550.54"
  std::string numerics;           // its class: equal classes give equal bits
  std::int64_t memory_bytes = 0;  // that may still be taken where it runs (base/memory_limits.h)
  double clock_ahead_s = 0;       // of rank zero's
  // Of a file in the run's folder that rank zero has locked.
  bool sees_file = true, got_flock = false, got_fcntl = false;

  std::string text() const;
  static RankFacts from(const std::string& text);
};

/// One row for the ranks of a host that are alike.
std::string ranks_table(const std::vector<RankFacts>& ranks);
/// `rank_bytes`: of memory, that each rank will take; 0: not known. `folder`: where the file was that rank zero locked.
void judge_ranks(const std::vector<RankFacts>& ranks, int threads_per_rank, std::int64_t rank_bytes,
                 const std::string& folder, Findings& findings);

}  // namespace unmask
