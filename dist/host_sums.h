// The sums of a step in host memory: fixed point (dist/fixed_point.h), or floats to compare with.
#pragma once

#include <memory>

#include "dist/step_sums.h"

namespace unmask {

/// THROWS std::logic_error in begin() for a divisor other than 1: loss scales belong to fp16, which no CPU trains in.
std::unique_ptr<StepSums> make_host_sums(const StepSumsPlan& plan);

}  // namespace unmask
