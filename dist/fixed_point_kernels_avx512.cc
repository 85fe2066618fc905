// Built with -mavx512f, -mavx512dq and -mavx512vl on x86-64.
#include "dist/fixed_point_kernels.h"

#if defined(__AVX512DQ__)
#include "dist/fixed_point_lanes.h"

namespace unmask {
namespace {

template <bool kOverwrite>
bool add(const FixedPointWork& work) {
  const __m256 limits = _mm256_set1_ps(work.limit), scale = _mm256_set1_ps(kScale);
  const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
  __mmask8 bad = 0;
  std::size_t i = 0;
  for (; i + 16 <= work.size; i += 16) {
    std::int64_t* target = work.sums + i;
    __m512i sum0 = kOverwrite ? _mm512_setzero_si512() : _mm512_loadu_si512(target);
    __m512i sum1 = kOverwrite ? _mm512_setzero_si512() : _mm512_loadu_si512(target + 8);
    for (std::size_t k = 0; k < work.addend_count; ++k) {
      const float* addend = work.addends[k] + i;
      const __m256 x0 = _mm256_loadu_ps(addend), x1 = _mm256_loadu_ps(addend + 8);
      bad |= _mm256_cmp_ps_mask(_mm256_and_ps(x0, magnitude), limits, _CMP_NLE_UQ);
      bad |= _mm256_cmp_ps_mask(_mm256_and_ps(x1, magnitude), limits, _CMP_NLE_UQ);
      sum0 = _mm512_add_epi64(sum0, _mm512_cvtps_epi64(_mm256_mul_ps(x0, scale)));
      sum1 = _mm512_add_epi64(sum1, _mm512_cvtps_epi64(_mm256_mul_ps(x1, scale)));
    }
    _mm512_storeu_si512(target, sum0);
    _mm512_storeu_si512(target + 8, sum1);
  }
  const bool rest_good = add_from<kOverwrite>(work, i);
  return rest_good && bad == 0;
}

void read(const std::int64_t* sums, float* values, std::size_t size) {
  const __m512d unit = _mm512_set1_pd(kUnit);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    const __m512d x = _mm512_cvtepi64_pd(_mm512_loadu_si512(sums + i));
    _mm256_storeu_ps(values + i, _mm512_maskz_cvtpd_ps(0xff, _mm512_mul_pd(x, unit)));
  }
  read_from(sums, values, size, i);
}

}  // namespace

const FixedPointKernels* fixed_point_kernels_avx512() {
  static constexpr FixedPointKernels kKernels = {&add<false>, &add<true>, &read};
  return &kKernels;
}

}  // namespace unmask
#else
namespace unmask {
const FixedPointKernels* fixed_point_kernels_avx512() { return nullptr; }
}  // namespace unmask
#endif
