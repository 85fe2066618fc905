#include "dist/fixed_point.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dist/fixed_point_kernels.h"

namespace unmask {
namespace {

static_assert(kFixedPointBits == 40);  // written out below and in fixed_point_lanes.h

FixedPointWork work_of(std::span<const float* const> addends, double limit, std::span<std::int64_t> sums) {
  return {addends.data(), addends.size(), float_limit(limit), sums.data(), sums.size()};
}

}  // namespace

double fixed_point_limit(std::int64_t addends) { return 0x1p22 / static_cast<double>(addends < 1 ? 1 : addends); }

std::int64_t to_fixed_point(double value) { return std::llrint(value * 0x1p40); }

float float_limit(double limit) {
  const auto nearest = static_cast<float>(std::min<double>(limit, std::numeric_limits<float>::max()));
  return static_cast<double>(nearest) <= limit ? nearest : std::nextafter(nearest, 0.0f);
}

double from_fixed_point(std::int64_t sum) { return static_cast<double>(sum) * 0x1p-40; }

bool add_fixed_point(std::span<const float* const> addends, double limit, std::span<std::int64_t> sums) {
  return fixed_point_kernels().chosen().add(work_of(addends, limit, sums));
}

bool set_fixed_point(std::span<const float* const> addends, double limit, std::span<std::int64_t> sums) {
  return fixed_point_kernels().chosen().set(work_of(addends, limit, sums));
}

void from_fixed_point(std::span<const std::int64_t> sums, std::span<float> values) {
  fixed_point_kernels().chosen().read(sums.data(), values.data(), values.size());
}

}  // namespace unmask
