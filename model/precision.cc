#include "model/precision.h"

#include "base/error.h"

namespace unmask {

Precision precision_from(TrainPrecision precision, Bf16Arithmetic bf16_arithmetic) {
  switch (precision) {
    case TrainPrecision::kFp32: return Precision::kFp32;
    case TrainPrecision::kFp16: return Precision::kFp16;
    case TrainPrecision::kBf16:
      if (bf16_arithmetic == Bf16Arithmetic::kNative) return Precision::kBf16;
      if (bf16_arithmetic == Bf16Arithmetic::kF32) return Precision::kBf16InF32;
      break;
    case TrainPrecision::kAuto: break;
  }
  throw Error(ErrorKind::kFailed, "precision \"" + to_word(precision) + "\", bf16_arithmetic \"" +
                                      to_word(bf16_arithmetic) + "\": not resolved");
}

}  // namespace unmask
