#include "dist/fixed_point.h"

#include <bit>
#include <cmath>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace unmask {
namespace {

constexpr float kScale = 0x1p40f;
constexpr double kUnit = 0x1p-40;
static_assert(kFixedPointBits == 40);

using Addends = std::span<const float* const>;

/// The largest float that is not above `limit`: |x| <= limit is the same for every float x.
float float_limit(double limit) {
  const auto nearest = static_cast<float>(limit);
  return static_cast<double>(nearest) <= limit ? nearest : std::nextafter(nearest, 0.0f);
}

/// REQUIRES nothing: a value that doesn't fit gives some integer, and the limit check reports it.
std::int64_t round_to_int64(float scaled) {
#if defined(__x86_64__)
  return _mm_cvtss_si64(_mm_set_ss(scaled));
#else
  return std::llrint(static_cast<double>(scaled));
#endif
}

// Each path works on [begin, sums.size()) and returns whether all values were within the limit. Sums are added as
// unsigned numbers: they wrap without harm where a value is bad.
// x * 2^40 is exact in float wherever |x| is within the limit.
template <bool kOverwrite>
bool add_from(Addends addends, float limit, std::span<std::int64_t> sums, std::size_t begin) {
  bool good = true;
  for (std::size_t i = begin; i < sums.size(); ++i) {
    std::uint64_t sum = kOverwrite ? 0 : static_cast<std::uint64_t>(sums[i]);
    for (const float* addend : addends) {
      const float value = addend[i];
      good &= std::fabs(value) <= limit;  // false for NaN
      sum += static_cast<std::uint64_t>(round_to_int64(value * kScale));
    }
    sums[i] = static_cast<std::int64_t>(sum);
  }
  return good;
}

void read_from(std::span<const std::int64_t> sums, std::span<float> values, std::size_t begin) {
  for (std::size_t i = begin; i < values.size(); ++i)
    values[i] = static_cast<float>(static_cast<double>(sums[i]) * kUnit);
}

#if defined(__x86_64__)

// AVX2 cannot convert to 64-bit integers. A double near 1.5 * 2^52 carries an integer in its lower bits, so x * 2^40 is
// cut into high * 2^32 + low, |low| <= 2^31: both fit.
// high * 2^32 is even, so that ties of `low` go the way those of x would.
__attribute__((target("avx2"))) inline __m256i round_to_int64_avx2(__m256d x) {
  const __m256d magic = _mm256_set1_pd(0x1.8p52);
  const __m256d high_bits = _mm256_add_pd(_mm256_mul_pd(x, _mm256_set1_pd(0x1p-32)), magic);
  const __m256d high = _mm256_mul_pd(_mm256_sub_pd(high_bits, magic), _mm256_set1_pd(0x1p32));
  const __m256d low_bits = _mm256_add_pd(_mm256_sub_pd(x, high), magic);
  const __m256i low = _mm256_sub_epi64(_mm256_castpd_si256(low_bits), _mm256_castpd_si256(magic));
  return _mm256_add_epi64(_mm256_slli_epi64(_mm256_castpd_si256(high_bits), 32), low);
}

template <bool kOverwrite>
__attribute__((target("avx2"))) bool add_avx2(Addends addends, float limit, std::span<std::int64_t> sums) {
  const __m128 limits = _mm_set1_ps(limit), magnitude = _mm_castsi128_ps(_mm_set1_epi32(0x7fffffff));
  __m128 bad = _mm_setzero_ps();
  std::size_t i = 0;
  for (; i + 8 <= sums.size(); i += 8) {
    auto* target = reinterpret_cast<__m256i*>(&sums[i]);
    __m256i sum0 = kOverwrite ? _mm256_setzero_si256() : _mm256_loadu_si256(target);
    __m256i sum1 = kOverwrite ? _mm256_setzero_si256() : _mm256_loadu_si256(target + 1);
    for (const float* addend : addends) {
      const __m128 x0 = _mm_loadu_ps(addend + i), x1 = _mm_loadu_ps(addend + i + 4);
      bad = _mm_or_ps(bad, _mm_cmp_ps(_mm_and_ps(x0, magnitude), limits, _CMP_NLE_UQ));
      bad = _mm_or_ps(bad, _mm_cmp_ps(_mm_and_ps(x1, magnitude), limits, _CMP_NLE_UQ));
      const __m256d scale = _mm256_set1_pd(0x1p40);
      sum0 = _mm256_add_epi64(sum0, round_to_int64_avx2(_mm256_mul_pd(_mm256_cvtps_pd(x0), scale)));
      sum1 = _mm256_add_epi64(sum1, round_to_int64_avx2(_mm256_mul_pd(_mm256_cvtps_pd(x1), scale)));
    }
    _mm256_storeu_si256(target, sum0);
    _mm256_storeu_si256(target + 1, sum1);
  }
  const bool rest_good = add_from<kOverwrite>(addends, limit, sums, i);
  return rest_good && _mm_movemask_ps(bad) == 0;
}

// int64 → double with one rounding: both halves are put below the exponents of 2^84 and 2^52 by their bits.
__attribute__((target("avx2"))) inline __m256d to_double_avx2(__m256i x) {
  const __m256i low = _mm256_blend_epi32(_mm256_set1_epi64x(0x4330000000000000), x, 0b01010101);
  const __m256i high = _mm256_xor_si256(_mm256_srli_epi64(x, 32), _mm256_set1_epi64x(0x4530000080000000));
  const __m256d high_value =
      _mm256_sub_pd(_mm256_castsi256_pd(high), _mm256_castsi256_pd(_mm256_set1_epi64x(0x4530000080100000)));
  return _mm256_add_pd(high_value, _mm256_castsi256_pd(low));
}

__attribute__((target("avx2"))) void read_avx2(std::span<const std::int64_t> sums, std::span<float> values) {
  const __m256d unit = _mm256_set1_pd(kUnit);
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&sums[i]));
    _mm_storeu_ps(&values[i], _mm256_cvtpd_ps(_mm256_mul_pd(to_double_avx2(x), unit)));
  }
  read_from(sums, values, i);
}

#define UNMASK_AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx2")))

template <bool kOverwrite>
UNMASK_AVX512 bool add_avx512(Addends addends, float limit, std::span<std::int64_t> sums) {
  const __m256 limits = _mm256_set1_ps(limit), scale = _mm256_set1_ps(kScale);
  const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
  __mmask8 bad = 0;
  std::size_t i = 0;
  for (; i + 16 <= sums.size(); i += 16) {
    __m512i sum0 = kOverwrite ? _mm512_setzero_si512() : _mm512_loadu_si512(&sums[i]);
    __m512i sum1 = kOverwrite ? _mm512_setzero_si512() : _mm512_loadu_si512(&sums[i + 8]);
    for (const float* addend : addends) {
      const __m256 x0 = _mm256_loadu_ps(addend + i), x1 = _mm256_loadu_ps(addend + i + 8);
      bad |= _mm256_cmp_ps_mask(_mm256_and_ps(x0, magnitude), limits, _CMP_NLE_UQ);
      bad |= _mm256_cmp_ps_mask(_mm256_and_ps(x1, magnitude), limits, _CMP_NLE_UQ);
      sum0 = _mm512_add_epi64(sum0, _mm512_cvtps_epi64(_mm256_mul_ps(x0, scale)));
      sum1 = _mm512_add_epi64(sum1, _mm512_cvtps_epi64(_mm256_mul_ps(x1, scale)));
    }
    _mm512_storeu_si512(&sums[i], sum0);
    _mm512_storeu_si512(&sums[i + 8], sum1);
  }
  const bool rest_good = add_from<kOverwrite>(addends, limit, sums, i);
  return rest_good && bad == 0;
}

UNMASK_AVX512 void read_avx512(std::span<const std::int64_t> sums, std::span<float> values) {
  const __m512d unit = _mm512_set1_pd(kUnit);
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    const __m512d x = _mm512_cvtepi64_pd(_mm512_loadu_si512(&sums[i]));
    _mm256_storeu_ps(&values[i], _mm512_maskz_cvtpd_ps(0xff, _mm512_mul_pd(x, unit)));
  }
  read_from(sums, values, i);
}

#undef UNMASK_AVX512
#endif

template <bool kOverwrite>
bool add_generic(Addends addends, float limit, std::span<std::int64_t> sums) {
  return add_from<kOverwrite>(addends, limit, sums, 0);
}

void read_generic(std::span<const std::int64_t> sums, std::span<float> values) { read_from(sums, values, 0); }

}  // namespace

Dispatch<FixedPointKernels>& fixed_point_kernels() {
  static constexpr FixedPointKernels kGeneric = {&add_generic<false>, &add_generic<true>, &read_generic};
#if defined(__x86_64__)
  static constexpr FixedPointKernels kAvx2 = {&add_avx2<false>, &add_avx2<true>, &read_avx2};
  static constexpr FixedPointKernels kAvx512 = {&add_avx512<false>, &add_avx512<true>, &read_avx512};
  static Dispatch<FixedPointKernels> kernels(&kGeneric, &kAvx2, &kAvx512);
#else
  static Dispatch<FixedPointKernels> kernels(&kGeneric, nullptr, nullptr);
#endif
  return kernels;
}

double fixed_point_limit(std::int64_t addends) { return 0x1p22 / static_cast<double>(addends < 1 ? 1 : addends); }

std::int64_t to_fixed_point(double value) { return std::llrint(value * 0x1p40); }

double from_fixed_point(std::int64_t sum) { return static_cast<double>(sum) * kUnit; }

bool add_fixed_point(Addends addends, double limit, std::span<std::int64_t> sums) {
  return fixed_point_kernels().chosen().add(addends, float_limit(limit), sums);
}

bool set_fixed_point(Addends addends, double limit, std::span<std::int64_t> sums) {
  return fixed_point_kernels().chosen().set(addends, float_limit(limit), sums);
}

void from_fixed_point(std::span<const std::int64_t> sums, std::span<float> values) {
  fixed_point_kernels().chosen().read(sums, values);
}

}  // namespace unmask
