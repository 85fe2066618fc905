// The loops of fixed_point.h, once for every instruction set. All give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/instruction_set.h"

namespace unmask {

/// What one call sums.
struct FixedPointWork {
  const float* const* addends = nullptr;  // each has `size` values
  std::size_t addend_count = 0;
  float limit = 0;  // the largest magnitude of a value
  std::int64_t* sums = nullptr;
  std::size_t size = 0;
};

struct FixedPointKernels {
  /// Adds the addends to the sums, or overwrites these. False where a value is not finite or above the limit.
  bool (*add)(const FixedPointWork&);
  bool (*set)(const FixedPointWork&);
  /// values[i] = (float)((double)sums[i] * 2^-40)
  void (*read)(const std::int64_t* sums, float* values, std::size_t size);
};

/// Each in a file of its own, built for its instruction set; null where the compiler doesn't target it.
const FixedPointKernels* fixed_point_kernels_avx2();
const FixedPointKernels* fixed_point_kernels_avx512();
/// What the functions of fixed_point.h take; a test or a bench may force another.
Dispatch<FixedPointKernels>& fixed_point_kernels();

}  // namespace unmask
