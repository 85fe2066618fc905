#include "dist/fixed_point_kernels.h"

#include "dist/fixed_point_lanes.h"

namespace unmask {
namespace {

template <bool kOverwrite>
bool add(const FixedPointWork& work) {
  return add_from<kOverwrite>(work, 0);
}

void read(const std::int64_t* sums, float* values, std::size_t size) { read_from(sums, values, size, 0); }

}  // namespace

Dispatch<FixedPointKernels>& fixed_point_kernels() {
  static constexpr FixedPointKernels kGeneric = {&add<false>, &add<true>, &read};
  static Dispatch<FixedPointKernels> kernels(&kGeneric, fixed_point_kernels_avx2(), fixed_point_kernels_avx512());
  return kernels;
}

}  // namespace unmask
