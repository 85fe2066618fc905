// What `unmask prepare --dry-run` tells: counts from names and headers, the rest from a few frames that are timed.
//
//   for (const PrepareEstimate& e : estimate_work(plan)) std::cout << e.dataset << ": " << e.core_hours << '\n';
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/prepare/prepare_plan.h"

namespace unmask {

struct PrepareEstimate {
  std::string dataset;
  std::int64_t videos = 0, frames = 0;  // told by names and headers
  std::int64_t unreadable = 0;          // videos that have no frame to give
  std::int64_t timed = 0;               // frames that were timed
  // Estimates, from the timed frames; 0 where nothing is to be done or could be timed.
  double crops = 0, store_bytes = 0, core_hours = 0;
};

/// A few frames of each dataset that isn't done are prepared and timed; nothing is written. On one rank.
std::vector<PrepareEstimate> estimate_work(const PreparePlan& plan);

}  // namespace unmask
