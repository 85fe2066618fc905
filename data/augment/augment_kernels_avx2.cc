// Built with -mavx2 on x86-64.
#include "data/augment/augment_kernels.h"

#if defined(__AVX2__)
#include <immintrin.h>

#include "data/augment/augment_lanes.h"

namespace unmask {
namespace {

struct EightLanes {
  static constexpr int kCount = 8;
  using Float = __m256;
  using Int = __m256i;
  static Float set(float value) { return _mm256_set1_ps(value); }
  static Float ramp(int first) {
    return _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_set1_epi32(first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
  }
  static Float load(const float* at) { return _mm256_loadu_ps(at); }
  static void store(float* at, Float value) { _mm256_storeu_ps(at, value); }
  static Float add(Float a, Float b) { return _mm256_add_ps(a, b); }
  static Float sub(Float a, Float b) { return _mm256_sub_ps(a, b); }
  static Float mul(Float a, Float b) { return _mm256_mul_ps(a, b); }
  static Float div(Float a, Float b) { return _mm256_div_ps(a, b); }
  static Float min(Float a, Float b) { return _mm256_min_ps(a, b); }
  static Float max(Float a, Float b) { return _mm256_max_ps(a, b); }
  static Int truncate(Float a) { return _mm256_cvttps_epi32(a); }
  static Float to_float(Int a) { return _mm256_cvtepi32_ps(a); }
  static Int set_int(std::int32_t value) { return _mm256_set1_epi32(value); }
  static Int add_int(Int a, Int b) { return _mm256_add_epi32(a, b); }
  static Int mul_int(Int a, Int b) { return _mm256_mullo_epi32(a, b); }
  static Int gather(const std::uint32_t* base, Int index) {
    return _mm256_i32gather_epi32(reinterpret_cast<const int*>(base), index, 4);
  }
  template <int kShift>
  static Float channel(Int pixel) {
    return _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srli_epi32(pixel, kShift), _mm256_set1_epi32(255)));
  }
  static std::int64_t sum(Int a) {
    alignas(32) std::int32_t lanes[8];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), a);
    std::int64_t total = 0;
    for (const std::int32_t lane : lanes) total += lane;
    return total;
  }
  /// r0 g0 b0 r1 …: every lane is permuted to its place in one of three registers, then blended.
  static void store_rgb(float* at, Float r, Float g, Float b) {
    const auto place = [](Float value, int a0, int a1, int a2, int a3, int a4, int a5, int a6, int a7) {
      return _mm256_permutevar8x32_ps(value, _mm256_setr_epi32(a0, a1, a2, a3, a4, a5, a6, a7));
    };
    const Float rr = place(r, 0, 3, 6, 1, 4, 7, 2, 5);
    const Float gg = place(g, 5, 0, 3, 6, 1, 4, 7, 2);
    const Float bb = place(b, 2, 5, 0, 3, 6, 1, 4, 7);
    // Bit i of a mask takes lane i from the second value.
    store(at, _mm256_blend_ps(_mm256_blend_ps(rr, gg, 0b10010010), bb, 0b00100100));
    store(at + 8, _mm256_blend_ps(_mm256_blend_ps(bb, rr, 0b10010010), gg, 0b00100100));
    store(at + 16, _mm256_blend_ps(_mm256_blend_ps(gg, bb, 0b10010010), rr, 0b00100100));
  }
};

}  // namespace

const AugmentKernels* augment_kernels_avx2() {
  static constexpr AugmentKernels kKernels = {&warp<EightLanes>, &colour<EightLanes>};
  return &kKernels;
}

}  // namespace unmask
#else
namespace unmask {
const AugmentKernels* augment_kernels_avx2() { return nullptr; }
}  // namespace unmask
#endif
