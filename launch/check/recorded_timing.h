// Times of steps that were taken before, instead of new ones (machine_timing.h).
#pragma once

#include <string>

#include "sweep/plan/makespan_plan.h"

namespace unmask {

/// Of the epochs that a former run's trials took, where `path` is its folder, or RUN:0007 (the stores are opened for
/// the number of images); else of a CSV file, "ranks,microbatches,step_s". THROWS Error(kUsage) where no time is in it.
MachineTiming read_timing(const std::string& path);

}  // namespace unmask
