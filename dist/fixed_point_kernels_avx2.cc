// Built with -mavx2 on x86-64.
#include "dist/fixed_point_kernels.h"

#if defined(__AVX2__)
#include "dist/fixed_point_lanes.h"

namespace unmask {
namespace {

// AVX2 cannot convert to 64-bit integers. A double near 1.5 * 2^52 carries an integer in its lower bits, so x * 2^40 is
// cut into high * 2^32 + low, |low| <= 2^31: both fit.
// high * 2^32 is even, so that ties of `low` go the way those of x would.
inline __m256i round_four(__m256d x) {
  const __m256d magic = _mm256_set1_pd(0x1.8p52);
  const __m256d high_bits = _mm256_add_pd(_mm256_mul_pd(x, _mm256_set1_pd(0x1p-32)), magic);
  const __m256d high = _mm256_mul_pd(_mm256_sub_pd(high_bits, magic), _mm256_set1_pd(0x1p32));
  const __m256d low_bits = _mm256_add_pd(_mm256_sub_pd(x, high), magic);
  const __m256i low = _mm256_sub_epi64(_mm256_castpd_si256(low_bits), _mm256_castpd_si256(magic));
  return _mm256_add_epi64(_mm256_slli_epi64(_mm256_castpd_si256(high_bits), 32), low);
}

template <bool kOverwrite>
bool add(const FixedPointWork& work) {
  const __m128 limits = _mm_set1_ps(work.limit), magnitude = _mm_castsi128_ps(_mm_set1_epi32(0x7fffffff));
  __m128 bad = _mm_setzero_ps();
  std::size_t i = 0;
  for (; i + 8 <= work.size; i += 8) {
    auto* target = reinterpret_cast<__m256i*>(work.sums + i);
    __m256i sum0 = kOverwrite ? _mm256_setzero_si256() : _mm256_loadu_si256(target);
    __m256i sum1 = kOverwrite ? _mm256_setzero_si256() : _mm256_loadu_si256(target + 1);
    for (std::size_t k = 0; k < work.addend_count; ++k) {
      const float* addend = work.addends[k] + i;
      const __m128 x0 = _mm_loadu_ps(addend), x1 = _mm_loadu_ps(addend + 4);
      bad = _mm_or_ps(bad, _mm_cmp_ps(_mm_and_ps(x0, magnitude), limits, _CMP_NLE_UQ));
      bad = _mm_or_ps(bad, _mm_cmp_ps(_mm_and_ps(x1, magnitude), limits, _CMP_NLE_UQ));
      const __m256d scale = _mm256_set1_pd(0x1p40);
      sum0 = _mm256_add_epi64(sum0, round_four(_mm256_mul_pd(_mm256_cvtps_pd(x0), scale)));
      sum1 = _mm256_add_epi64(sum1, round_four(_mm256_mul_pd(_mm256_cvtps_pd(x1), scale)));
    }
    _mm256_storeu_si256(target, sum0);
    _mm256_storeu_si256(target + 1, sum1);
  }
  const bool rest_good = add_from<kOverwrite>(work, i);
  return rest_good && _mm_movemask_ps(bad) == 0;
}

// int64 → double with one rounding: both halves are put below the exponents of 2^84 and 2^52 by their bits.
inline __m256d to_double(__m256i x) {
  const __m256i low = _mm256_blend_epi32(_mm256_set1_epi64x(0x4330000000000000), x, 0b01010101);
  const __m256i high = _mm256_xor_si256(_mm256_srli_epi64(x, 32), _mm256_set1_epi64x(0x4530000080000000));
  const __m256d high_value =
      _mm256_sub_pd(_mm256_castsi256_pd(high), _mm256_castsi256_pd(_mm256_set1_epi64x(0x4530000080100000)));
  return _mm256_add_pd(high_value, _mm256_castsi256_pd(low));
}

void read(const std::int64_t* sums, float* values, std::size_t size) {
  const __m256d unit = _mm256_set1_pd(kUnit);
  std::size_t i = 0;
  for (; i + 4 <= size; i += 4) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sums + i));
    _mm_storeu_ps(values + i, _mm256_cvtpd_ps(_mm256_mul_pd(to_double(x), unit)));
  }
  read_from(sums, values, size, i);
}

}  // namespace

const FixedPointKernels* fixed_point_kernels_avx2() {
  static constexpr FixedPointKernels kKernels = {&add<false>, &add<true>, &read};
  return &kKernels;
}

}  // namespace unmask
#else
namespace unmask {
const FixedPointKernels* fixed_point_kernels_avx2() { return nullptr; }
}  // namespace unmask
#endif
