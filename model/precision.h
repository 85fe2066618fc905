// In which precision a network's body computes: what a config asks for, and what that comes to.
#pragma once

#include "base/words.h"

namespace unmask {

enum class TrainPrecision { kAuto, kBf16, kFp16, kFp32 };  // kAuto: the fastest here (model/train/numerics.h)
constexpr auto words_of(TrainPrecision) {
  using enum TrainPrecision;
  return std::to_array<Word<TrainPrecision>>({{"auto", kAuto}, {"bf16", kBf16}, {"fp16", kFp16}, {"fp32", kFp32}});
}

/// On a CPU: products of bf16, or f32 ones of rounded values.
enum class Bf16Arithmetic { kAuto, kNative, kF32 };  // kAuto: the faster
constexpr auto words_of(Bf16Arithmetic) {
  using enum Bf16Arithmetic;
  return std::to_array<Word<Bf16Arithmetic>>({{"auto", kAuto}, {"native", kNative}, {"f32", kF32}});
}

/// kBf16InF32: activations and weights are f32 that hold bf16 values. Products of bf16 with sums in f32 are the same,
/// and some processors are faster so (base/instruction_set.h);
/// the order of the sums, and so the bits, differ from kBf16.
enum class Precision { kFp32, kBf16, kBf16InF32, kFp16 };

/// REQUIRES: resolved (resolve_arithmetic). THROWS Error(kFailed) where it is not.
Precision precision_from(TrainPrecision precision, Bf16Arithmetic bf16_arithmetic);

}  // namespace unmask
