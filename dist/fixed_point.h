// Float → 64-bit fixed point (scale 2^40) sums. Integer addition is associative, so the total has the same bits
// for any number of ranks, any grouping and any order. Every instruction set gives the same bits.
//
//   const double limit = fixed_point_limit(2);               // at most two addends, over all ranks
//   const float* const gradients[] = {first, second};        // sums.size() values each
//   if (!set_fixed_point(gradients, limit, sums)) return;    // a value is not finite, or too large
//   world->all_reduce_sum(sums);
//   from_fixed_point(sums, total);
#pragma once

#include <cstdint>
#include <span>

namespace unmask {

inline constexpr int kFixedPointBits = 40;

/// Largest magnitude that one of `addends` values may have: 2^62 / 2^40 / addends.
double fixed_point_limit(std::int64_t addends);
/// The largest float that is not above `limit`: |x| <= limit is the same for every float x.
float float_limit(double limit);

/// One value: llrint(value * 2^40). REQUIRES: |value| <= fixed_point_limit.
std::int64_t to_fixed_point(double value);
double from_fixed_point(std::int64_t sum);

/// sums[i] += Σ_k fixed(addends[k][i]) in one pass. Each addend has sums.size() elements.
/// Returns false if some value is not finite or exceeds `limit` (sums are then unspecified).
bool add_fixed_point(std::span<const float* const> addends, double limit, std::span<std::int64_t> sums);

/// The same, but overwrites `sums`.
bool set_fixed_point(std::span<const float* const> addends, double limit, std::span<std::int64_t> sums);

/// values[i] = (float)((double)sums[i] * 2^-40). REQUIRES: as many sums as values.
void from_fixed_point(std::span<const std::int64_t> sums, std::span<float> values);

}  // namespace unmask
