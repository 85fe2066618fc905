// What one optimizer step computes, and where its time went.
#pragma once

#include <cstdint>
#include <vector>

#include "data/load/shard_plan.h"

namespace unmask {

struct StepPlan {
  std::uint32_t step = 0;
  double rate = 0;
  int crop_px = 0;
  std::int64_t batch_samples = 0;        // of the whole global batch
  std::vector<Microbatch> microbatches;  // all of the batch
  std::vector<std::int64_t> mine;        // indices of this rank's
};

/// A microbatch that is played from a graph counts as backward, but for its images.
struct StepTimes {
  double load_s = 0, forward_s = 0, backward_s = 0, exposed_s = 0, optimizer_s = 0;
};

}  // namespace unmask
