// Built with -mavx512f on x86-64.
#include "data/augment/augment_kernels.h"

#if defined(__AVX512F__)
#include <immintrin.h>

#include "data/augment/augment_lanes.h"

namespace unmask {
namespace {

struct SixteenLanes {
  static constexpr int kCount = 16;
  using Float = __m512;
  using Int = __m512i;
  static Float set(float value) { return _mm512_set1_ps(value); }
  static Float ramp(int first) {
    return _mm512_cvtepi32_ps(_mm512_add_epi32(
        _mm512_set1_epi32(first), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
  }
  static Float load(const float* at) { return _mm512_loadu_ps(at); }
  static void store(float* at, Float value) { _mm512_storeu_ps(at, value); }
  static Float add(Float a, Float b) { return _mm512_add_ps(a, b); }
  static Float sub(Float a, Float b) { return _mm512_sub_ps(a, b); }
  static Float mul(Float a, Float b) { return _mm512_mul_ps(a, b); }
  static Float div(Float a, Float b) { return _mm512_div_ps(a, b); }
  static Float min(Float a, Float b) { return _mm512_min_ps(a, b); }
  static Float max(Float a, Float b) { return _mm512_max_ps(a, b); }
  static Int truncate(Float a) { return _mm512_cvttps_epi32(a); }
  static Float to_float(Int a) { return _mm512_cvtepi32_ps(a); }
  static Int set_int(std::int32_t value) { return _mm512_set1_epi32(value); }
  static Int add_int(Int a, Int b) { return _mm512_add_epi32(a, b); }
  static Int mul_int(Int a, Int b) { return _mm512_mullo_epi32(a, b); }
  static Int gather(const std::uint32_t* base, Int index) { return _mm512_i32gather_epi32(index, base, 4); }
  template <int kShift>
  static Float channel(Int pixel) {
    return _mm512_cvtepi32_ps(_mm512_and_epi32(_mm512_srli_epi32(pixel, kShift), _mm512_set1_epi32(255)));
  }
  static std::int64_t sum(Int a) {
    alignas(64) std::int32_t lanes[16];
    _mm512_store_si512(lanes, a);
    std::int64_t total = 0;
    for (const std::int32_t lane : lanes) total += lane;
    return total;
  }
  /// r0 g0 b0 r1 …: output float i of 48 is lane i / 3 of channel i % 3. Bit i of a mask takes lane i of b.
  static void store_rgb(float* at, Float r, Float g, Float b) {
    store(at, merge<0>(0x4924, r, g, b));
    store(at + 16, merge<16>(0x2492, r, g, b));
    store(at + 32, merge<32>(0x9249, r, g, b));
  }
  struct Lanes {
    alignas(64) std::int32_t from[16];
  };
  /// Index 0 to 15 picks a lane of r, 16 to 31 one of g.
  static constexpr Lanes from_red_green(int first) {
    Lanes lanes{};
    for (int i = 0; i < 16; ++i) lanes.from[i] = ((first + i) % 3 == 1 ? 16 : 0) + (first + i) / 3;
    return lanes;
  }
  static constexpr Lanes from_blue(int first) {
    Lanes lanes{};
    for (int i = 0; i < 16; ++i) lanes.from[i] = (first + i) / 3;
    return lanes;
  }
  template <int kFirst>
  static Float merge(unsigned blue_mask, Float r, Float g, Float b) {
    static constexpr Lanes kRedGreen = from_red_green(kFirst), kBlue = from_blue(kFirst);
    const Float red_green = _mm512_permutex2var_ps(r, _mm512_load_si512(kRedGreen.from), g);
    return _mm512_mask_permutexvar_ps(red_green, static_cast<__mmask16>(blue_mask), _mm512_load_si512(kBlue.from), b);
  }
};

}  // namespace

const AugmentKernels* augment_kernels_avx512() {
  static constexpr AugmentKernels kKernels = {&warp<SixteenLanes>, &colour<SixteenLanes>};
  return &kKernels;
}

}  // namespace unmask
#else
namespace unmask {
const AugmentKernels* augment_kernels_avx512() { return nullptr; }
}  // namespace unmask
#endif
