// The loops of augment_kernels.h, written once over a type `Lanes` of 1, 8 or 16 floats. Included by one source file
// per instruction set, compiled with that set's flags; everything here has internal linkage and calls nothing of std,
// so that no function built for a newer processor can be picked by the linker for an older one.
#pragma once

#include "data/augment/augment_kernels.h"

namespace unmask {
namespace {

struct OneLane {
  static constexpr int kCount = 1;
  using Float = float;
  using Int = std::int32_t;
  static Float set(float value) { return value; }
  static Float ramp(int first) { return static_cast<float>(first); }
  static Float load(const float* at) { return *at; }
  static void store(float* at, Float value) { *at = value; }
  static Float add(Float a, Float b) { return a + b; }
  static Float sub(Float a, Float b) { return a - b; }
  static Float mul(Float a, Float b) { return a * b; }
  static Float div(Float a, Float b) { return a / b; }
  // As the instructions: the second value where one is NaN.
  static Float min(Float a, Float b) { return a < b ? a : b; }
  static Float max(Float a, Float b) { return a > b ? a : b; }
  static Int truncate(Float a) { return static_cast<Int>(a); }
  static Float to_float(Int a) { return static_cast<float>(a); }
  static Int set_int(std::int32_t value) { return value; }
  static Int add_int(Int a, Int b) { return a + b; }
  static Int mul_int(Int a, Int b) { return a * b; }
  static Int gather(const std::uint32_t* base, Int index) { return static_cast<Int>(base[index]); }
  template <int kShift>
  static Float channel(Int pixel) {
    return static_cast<float>(static_cast<std::uint32_t>(pixel) >> kShift & 255u);
  }
  static std::int64_t sum(Int a) { return a; }
  static void store_rgb(float* at, Float r, Float g, Float b) { at[0] = r, at[1] = g, at[2] = b; }
};

/// One row's constants: the numerators and the denominator of the homography at x = 0, and their steps.
struct RowMap {
  float x0, y0, w0, x_step, y_step, w_step;
};

inline RowMap row_map(const AugmentWork& work, int y) {
  const double* m = work.to_padded;
  const auto at = [&](int i) { return static_cast<float>(m[i + 1] * y + m[i + 2]); };
  return {at(0), at(3), at(6), static_cast<float>(m[0]), static_cast<float>(m[3]), static_cast<float>(m[6])};
}

template <typename L>
typename L::Float clamp255(typename L::Float value) {
  return L::min(L::max(value, L::set(0.0f)), L::set(255.0f));
}

template <typename L>
typename L::Float grey(typename L::Float r, typename L::Float g, typename L::Float b) {
  return L::add(L::add(L::mul(r, L::set(0.299f)), L::mul(g, L::set(0.587f))), L::mul(b, L::set(0.114f)));
}

template <typename L>
struct Taps {
  typename L::Int pixel[4];  // top left, top right, bottom left, bottom right
  typename L::Float weight[4];
};

template <typename L, int kShift>
typename L::Float blend(const Taps<L>& t) {
  const auto top = L::add(L::mul(L::template channel<kShift>(t.pixel[0]), t.weight[0]),
                          L::mul(L::template channel<kShift>(t.pixel[1]), t.weight[1]));
  const auto bottom = L::add(L::mul(L::template channel<kShift>(t.pixel[2]), t.weight[2]),
                             L::mul(L::template channel<kShift>(t.pixel[3]), t.weight[3]));
  return L::add(top, bottom);
}

template <typename L>
Taps<L> fetch(const AugmentWork& work, const RowMap& row, int x) {
  const auto along = L::ramp(x);
  const auto w = L::add(L::mul(along, L::set(row.w_step)), L::set(row.w0));
  const auto end = L::set(static_cast<float>(work.px + 1));
  // Positions outside land on the black border; a NaN becomes 0 by max's order.
  const auto in_frame = [&](typename L::Float value) { return L::min(L::max(value, L::set(0.0f)), end); };
  const auto u = in_frame(L::div(L::add(L::mul(along, L::set(row.x_step)), L::set(row.x0)), w));
  const auto v = in_frame(L::div(L::add(L::mul(along, L::set(row.y_step)), L::set(row.y0)), w));
  const auto column = L::truncate(u), line = L::truncate(v);
  const auto right = L::sub(u, L::to_float(column)), down = L::sub(v, L::to_float(line));
  const auto left = L::sub(L::set(1.0f), right), up = L::sub(L::set(1.0f), down);
  const auto index = L::add_int(L::mul_int(line, L::set_int(work.padded_px)), column);
  Taps<L> taps;
  taps.pixel[0] = L::gather(work.padded, index);
  taps.pixel[1] = L::gather(work.padded + 1, index);
  taps.pixel[2] = L::gather(work.padded + work.padded_px, index);
  taps.pixel[3] = L::gather(work.padded + work.padded_px + 1, index);
  taps.weight[0] = L::mul(left, up);
  taps.weight[1] = L::mul(right, up);
  taps.weight[2] = L::mul(left, down);
  taps.weight[3] = L::mul(right, down);
  return taps;
}

/// The three channels of a row stand one after another: whole planes would share cache sets.
inline float* row_of(const AugmentWork& work, int y, int channel) {
  return work.planes + (std::int64_t{y} * 3 + channel) * work.px;
}

/// Warps the pixels of [x, end) that fill whole lanes; returns the first that is left.
template <typename L>
int warp_span(const AugmentWork& work, const RowMap& row, int y, int x, int end, std::int64_t& grey_sum) {
  const auto brightness = L::set(work.brightness);
  auto sum = L::set_int(0);
  for (; x + L::kCount <= end; x += L::kCount) {
    const Taps<L> taps = fetch<L>(work, row, x);
    const auto r = clamp255<L>(L::mul(blend<L, 0>(taps), brightness));
    const auto g = clamp255<L>(L::mul(blend<L, 8>(taps), brightness));
    const auto b = clamp255<L>(L::mul(blend<L, 16>(taps), brightness));
    float* at = row_of(work, y, 0) + x;
    L::store(at, r);
    L::store(at + work.px, g);
    L::store(at + 2 * work.px, b);
    sum = L::add_int(sum, L::truncate(L::add(L::mul(grey<L>(r, g, b), L::set(256.0f)), L::set(0.5f))));
  }
  grey_sum += L::sum(sum);
  return x;
}

inline void blacken(const AugmentWork& work, int y, int begin, int end) {
  for (int k = 0; k < 3; ++k) {
    float* at = row_of(work, y, k);
    for (int x = begin; x < end; ++x) at[x] = 0.0f;
  }
}

template <typename L>
std::int64_t warp(const AugmentWork& work) {
  std::int64_t grey_sum = 0;
  for (int y = 0; y < work.px; ++y) {
    const RowMap row = row_map(work, y);
    const RowSpan span = work.spans[y];
    blacken(work, y, 0, span.begin);
    const int x = warp_span<L>(work, row, y, span.begin, span.end, grey_sum);
    warp_span<OneLane>(work, row, y, x, span.end, grey_sum);
    blacken(work, y, span.end, work.px);
  }
  return grey_sum;
}

template <typename L>
int colour_span(const AugmentWork& work, float mean, int y, int x) {
  const auto contrast = L::set(work.contrast), saturation = L::set(work.saturation);
  const auto contrast_part = L::set((1.0f - work.contrast) * mean), grey_share = L::set(1.0f - work.saturation);
  for (; x + L::kCount <= work.px; x += L::kCount) {
    typename L::Float c[3];
    for (int k = 0; k < 3; ++k) {
      c[k] = clamp255<L>(L::add(L::mul(L::load(row_of(work, y, k) + x), contrast), contrast_part));
    }
    const auto grey_part = L::mul(grey<L>(c[0], c[1], c[2]), grey_share);
    for (int k = 0; k < 3; ++k) {
      c[k] = clamp255<L>(L::add(L::mul(c[k], saturation), grey_part));
      c[k] = L::sub(L::mul(c[k], L::set(work.multiply[k])), L::set(work.subtract[k]));
    }
    L::store_rgb(work.output + (std::int64_t{y} * work.px + x) * 3, c[0], c[1], c[2]);
  }
  return x;
}

inline void erase_row(const AugmentWork& work, int y) {
  if (y < work.erase.y || y >= work.erase.y + work.erase.height) return;
  float* at = work.output + (std::int64_t{y} * work.px + work.erase.x) * 3;
  for (int x = 0; x < work.erase.width; ++x, at += 3) {
    for (int k = 0; k < 3; ++k) at[k] = 0.0f * work.multiply[k] - work.subtract[k];
  }
}

template <typename L>
void colour(const AugmentWork& work, float mean) {
  for (int y = 0; y < work.px; ++y) {
    const int x = colour_span<L>(work, mean, y, 0);
    colour_span<OneLane>(work, mean, y, x);
    erase_row(work, y);
  }
}

}  // namespace
}  // namespace unmask
