// The kernels of fused_norm.h, compiled once for each instruction set: the including file defines UNMASK_LANES (a
// namespace) and has compiler flags of its own. No inline function of another header may be used here:
// the linker would keep one copy.
#pragma once

#include "model/norm/fused_norm_kernels.h"

namespace unmask::UNMASK_LANES {

constexpr int kWidth = 16;  // values a vector; the compiler splits it where registers are narrower
constexpr int kChunk = 64;  // channels that are summed at once
constexpr int kVectors = kChunk / kWidth;
constexpr std::int64_t kBlockRows = 64;  // rows that are summed in f32 before the sum goes to double

typedef float Floats __attribute__((vector_size(64)));
typedef std::uint32_t Words __attribute__((vector_size(64)));
typedef std::uint16_t Halves __attribute__((vector_size(32)));
// The same in the tensors' memory, and there alone: of locals of such a type Clang takes some for aligned, and crashes.
typedef float StoredFloats __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::uint32_t StoredWords __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::uint16_t StoredHalves __attribute__((vector_size(32), aligned(2), may_alias));

#define UNMASK_INLINE static inline __attribute__((always_inline))

UNMASK_INLINE Words rounded_words(const Floats& values) {
  const Words bits = (Words)values;
  const Words rounded = bits + 0x7FFFu + ((bits >> 16) & 1u);
  return (values == values) ? rounded : (bits | 0x400000u);  // a NaN stays one, NOLINT(misc-redundant-expression)
}

template <Storage kStorage>
struct Access;

template <>
struct Access<Storage::kF32> {
  using Element = float;
  UNMASK_INLINE void load(const float* from, Floats& to) { to = *reinterpret_cast<const StoredFloats*>(from); }
  UNMASK_INLINE void store(float* to, const Floats& from) { *reinterpret_cast<StoredFloats*>(to) = from; }
};

template <>
struct Access<Storage::kF32Rounded> : Access<Storage::kF32> {
  UNMASK_INLINE void store(float* to, const Floats& from) {
    *reinterpret_cast<StoredWords*>(to) = rounded_words(from) & 0xFFFF0000u;
  }
};

template <>
struct Access<Storage::kBf16> {
  using Element = std::uint16_t;
  UNMASK_INLINE void load(const std::uint16_t* from, Floats& to) {
    to = (Floats)(__builtin_convertvector(*reinterpret_cast<const StoredHalves*>(from), Words) << 16);
  }
  UNMASK_INLINE void store(std::uint16_t* to, const Floats& from) {
    *reinterpret_cast<StoredHalves*>(to) = __builtin_convertvector(rounded_words(from) >> 16, Halves);
  }
};

/// Adds the f32 sums of a block to the double sums of a chunk.
UNMASK_INLINE void add_block(const Floats* block, double* sums) {
  for (int v = 0; v < kVectors; ++v) {
    for (int i = 0; i < kWidth; ++i) sums[v * kWidth + i] += static_cast<double>(block[v][i]);
  }
}

/// sums[2][channels]: of x - shift and of its square,
/// where shift is the first row (a large mean must not eat the variance).
template <Storage kStorage>
static void sum_moments(const FusedNorm& norm, double* sums) {
  using A = Access<kStorage>;
  const auto* input = static_cast<const typename A::Element*>(norm.input);
  for (std::int64_t begin = 0; begin < norm.rows; begin += kBlockRows) {
    const std::int64_t end = begin + kBlockRows < norm.rows ? begin + kBlockRows : norm.rows;
    for (std::int64_t c = 0; c < norm.channels; c += kChunk) {
      Floats shift[kVectors], first[kVectors] = {}, second[kVectors] = {};
      for (int v = 0; v < kVectors; ++v) A::load(input + c + v * kWidth, shift[v]);
      for (std::int64_t row = begin; row < end; ++row) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          Floats x;
          A::load(input + row * norm.channels + c + v * kWidth, x);
          x -= shift[v];
          first[v] += x;
          second[v] += x * x;
        }
      }
      add_block(first, sums + c);
      add_block(second, sums + norm.channels + c);
    }
  }
}

/// scale and offset of `x * scale + offset`; backward uses the same to see which side of the ReLU a value was on.
struct Affine {
  Floats scale[kVectors], offset[kVectors];
  UNMASK_INLINE void fill(Affine& affine, const FusedNorm& norm, std::int64_t c) {
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t at = c + v * kWidth;
      Floats mean, inverse, weight, bias;
      Access<Storage::kF32>::load(norm.mean + at, mean);
      Access<Storage::kF32>::load(norm.inverse_deviation + at, inverse);
      Access<Storage::kF32>::load(norm.weight + at, weight);
      Access<Storage::kF32>::load(norm.bias + at, bias);
      affine.scale[v] = inverse * weight;
      affine.offset[v] = bias - mean * affine.scale[v];
    }
  }
};

template <Storage kStorage, bool kRelu, bool kResidual>
static void normalise(const FusedNorm& norm, void* output_memory) {
  using A = Access<kStorage>;
  const auto* input = static_cast<const typename A::Element*>(norm.input);
  const auto* residual = static_cast<const typename A::Element*>(norm.residual);
  auto* output = static_cast<typename A::Element*>(output_memory);
  for (std::int64_t begin = 0; begin < norm.rows; begin += kBlockRows) {
    const std::int64_t end = begin + kBlockRows < norm.rows ? begin + kBlockRows : norm.rows;
    for (std::int64_t c = 0; c < norm.channels; c += kChunk) {
      Affine affine;
      Affine::fill(affine, norm, c);
      for (std::int64_t row = begin; row < end; ++row) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          const std::int64_t at = row * norm.channels + c + v * kWidth;
          Floats y;
          A::load(input + at, y);
          y = y * affine.scale[v] + affine.offset[v];
          if constexpr (kResidual) {
            Floats r;
            A::load(residual + at, r);
            y += r;
          }
          if constexpr (kRelu) y = (y < 0.0f) ? Floats{} : y;  // a NaN stays one
          A::store(output + at, y);
        }
      }
    }
  }
}

/// The gradient before the ReLU. Without a residual the input itself tells the side; with one the output does.
template <Storage kStorage, bool kRelu, bool kResidual>
UNMASK_INLINE void through_relu(const Floats& x, const Floats& scale, const Floats& offset,
                                const typename Access<kStorage>::Element* output, Floats& gradient) {
  if constexpr (kRelu && kResidual) {
    Floats y;
    Access<kStorage>::load(output, y);
    gradient = (y <= 0.0f) ? Floats{} : gradient;
  } else if constexpr (kRelu) {
    const Floats y = x * scale + offset;
    gradient = (y <= 0.0f) ? Floats{} : gradient;
  }
}

/// sums[2][channels]: of the gradient before the ReLU, and of it times (x - mean). Writes it where there is a residual.
template <Storage kStorage, bool kRelu, bool kResidual>
static void sum_gradients(const FusedNorm& norm, const void* output_memory, const void* gradient_memory,
                          void* residual_gradient_memory, double* sums) {
  using A = Access<kStorage>;
  using Element = typename A::Element;
  const auto* input = static_cast<const Element*>(norm.input);
  const auto* output = static_cast<const Element*>(output_memory);
  const auto* gradient = static_cast<const Element*>(gradient_memory);
  auto* residual_gradient = static_cast<Element*>(residual_gradient_memory);
  for (std::int64_t begin = 0; begin < norm.rows; begin += kBlockRows) {
    const std::int64_t end = begin + kBlockRows < norm.rows ? begin + kBlockRows : norm.rows;
    for (std::int64_t c = 0; c < norm.channels; c += kChunk) {
      Affine affine;
      Affine::fill(affine, norm, c);
      Floats mean[kVectors], first[kVectors] = {}, second[kVectors] = {};
      for (int v = 0; v < kVectors; ++v) Access<Storage::kF32>::load(norm.mean + c + v * kWidth, mean[v]);
      for (std::int64_t row = begin; row < end; ++row) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          const std::int64_t at = row * norm.channels + c + v * kWidth;
          Floats x, g;
          A::load(input + at, x);
          A::load(gradient + at, g);
          through_relu<kStorage, kRelu, kResidual>(x, affine.scale[v], affine.offset[v], output + at, g);
          if constexpr (kResidual) A::store(residual_gradient + at, g);
          first[v] += g;
          second[v] += g * (x - mean[v]);
        }
      }
      add_block(first, sums + c);
      add_block(second, sums + norm.channels + c);
    }
  }
}

/// input_gradient = (g - shift - (x - mean) * slope) * scale.
template <Storage kStorage, bool kRelu, bool kResidual>
static void spread_gradient(const FusedNorm& norm, const void* gradient_memory, const float* shift, const float* slope,
                            void* input_gradient_memory) {
  using A = Access<kStorage>;
  using Plain = Access<Storage::kF32>;
  using Element = typename A::Element;
  const auto* input = static_cast<const Element*>(norm.input);
  const auto* gradient = static_cast<const Element*>(gradient_memory);
  auto* input_gradient = static_cast<Element*>(input_gradient_memory);
  for (std::int64_t begin = 0; begin < norm.rows; begin += kBlockRows) {
    const std::int64_t end = begin + kBlockRows < norm.rows ? begin + kBlockRows : norm.rows;
    for (std::int64_t c = 0; c < norm.channels; c += kChunk) {
      Affine affine;
      Affine::fill(affine, norm, c);
      for (std::int64_t row = begin; row < end; ++row) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          const std::int64_t at = row * norm.channels + c + v * kWidth;
          Floats x, g, mean, first, second;
          A::load(input + at, x);
          A::load(gradient + at, g);
          Plain::load(norm.mean + c + v * kWidth, mean);
          Plain::load(shift + c + v * kWidth, first);
          Plain::load(slope + c + v * kWidth, second);
          // With a residual, g comes from sum_gradients and has been through the ReLU.
          through_relu<kStorage, kRelu && !kResidual, false>(x, affine.scale[v], affine.offset[v], nullptr, g);
          A::store(input_gradient + at, (g - first - (x - mean) * second) * affine.scale[v]);
        }
      }
    }
  }
}

static void round_values(const float* values, float* rounded, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    Floats x;
    Access<Storage::kF32>::load(values + i, x);
    Access<Storage::kF32Rounded>::store(rounded + i, x);
  }
  for (; i < count; ++i) {
    Floats x = {};
    x[0] = values[i];
    rounded[i] = ((Floats)(rounded_words(x) & 0xFFFF0000u))[0];
  }
}

template <Storage kStorage, bool kRelu, bool kResidual>
static constexpr FusedNormKernels::Layer layer_kernels() {
  return {normalise<kStorage, kRelu, kResidual>, sum_gradients<kStorage, kRelu, kResidual>,
          spread_gradient<kStorage, kRelu, kResidual>};
}

template <Storage kStorage>
static constexpr FusedNormKernels::OfStorage storage_kernels() {
  return {sum_moments<kStorage>,
          {{layer_kernels<kStorage, false, false>(), layer_kernels<kStorage, false, true>()},
           {layer_kernels<kStorage, true, false>(), layer_kernels<kStorage, true, true>()}}};
}

static constexpr FusedNormKernels kKernels{
    {storage_kernels<Storage::kF32>(), storage_kernels<Storage::kF32Rounded>(), storage_kernels<Storage::kBf16>()},
    round_values};

#undef UNMASK_INLINE

}  // namespace unmask::UNMASK_LANES
