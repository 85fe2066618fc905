// What the sources of fixed_point_kernels.h share: one value at a time, as the generic kernels do it, and as the others
// do it with the last few. Compiled with each source's own flags: everything here has internal linkage and calls
// nothing of std, so that no function built for a newer processor can be picked by the linker for an older one.
#pragma once

#include "dist/fixed_point_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace unmask {
namespace {

inline constexpr float kScale = 0x1p40f;
inline constexpr double kUnit = 0x1p-40;

/// REQUIRES nothing: a value that doesn't fit gives some integer, and the limit check reports it.
inline std::int64_t round_to_int64(float scaled) {
#if defined(__x86_64__)
  return _mm_cvtss_si64(_mm_set_ss(scaled));
#else
  return __builtin_llrintf(scaled);
#endif
}

/// Elements from `begin` on; were all values within the limit? Sums are added as unsigned numbers: they wrap without
/// harm where a value is bad. x * 2^40 is exact in float wherever |x| is within the limit.
template <bool kOverwrite>
bool add_from(const FixedPointWork& work, std::size_t begin) {
  bool good = true;
  for (std::size_t i = begin; i < work.size; ++i) {
    std::uint64_t sum = kOverwrite ? 0 : static_cast<std::uint64_t>(work.sums[i]);
    for (std::size_t k = 0; k < work.addend_count; ++k) {
      const float value = work.addends[k][i];
      good &= __builtin_fabsf(value) <= work.limit;  // false for NaN
      sum += static_cast<std::uint64_t>(round_to_int64(value * kScale));
    }
    work.sums[i] = static_cast<std::int64_t>(sum);
  }
  return good;
}

inline void read_from(const std::int64_t* sums, float* values, std::size_t size, std::size_t begin) {
  for (std::size_t i = begin; i < size; ++i) values[i] = static_cast<float>(static_cast<double>(sums[i]) * kUnit);
}

}  // namespace
}  // namespace unmask
