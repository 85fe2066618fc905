#include "model/precision.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

TEST(PrecisionTest, OfBf16TheArithmeticDecides) {
  for (const Bf16Arithmetic any : {Bf16Arithmetic::kAuto, Bf16Arithmetic::kNative, Bf16Arithmetic::kF32}) {
    EXPECT_EQ(precision_from(TrainPrecision::kFp32, any), Precision::kFp32);
    EXPECT_EQ(precision_from(TrainPrecision::kFp16, any), Precision::kFp16);
  }
  EXPECT_EQ(precision_from(TrainPrecision::kBf16, Bf16Arithmetic::kNative), Precision::kBf16);
  EXPECT_EQ(precision_from(TrainPrecision::kBf16, Bf16Arithmetic::kF32), Precision::kBf16InF32);
}

TEST(PrecisionTest, WhatIsNotResolvedIsRefusedWithBothWords) {
  const std::pair<TrainPrecision, Bf16Arithmetic> open[] = {{TrainPrecision::kAuto, Bf16Arithmetic::kNative},
                                                            {TrainPrecision::kBf16, Bf16Arithmetic::kAuto}};
  for (const auto& [precision, arithmetic] : open) {
    try {
      precision_from(precision, arithmetic);
      ADD_FAILURE() << to_word(precision);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()), "precision \"" + to_word(precision) + "\", bf16_arithmetic \"" +
                                               to_word(arithmetic) + "\": not resolved");
    }
  }
}

}  // namespace
}  // namespace unmask
