#include "model/train/numerics.h"

#include <gtest/gtest.h>

#include <torch/version.h>

#include "base/error.h"
#include "base/instruction_set.h"
#include "tests/support/refusal.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

TrainOptions resolved(TrainPrecision precision, Bf16Arithmetic arithmetic, Device device = Device::kCpu) {
  TrainOptions train;
  train.precision = precision;
  train.bf16_arithmetic = arithmetic;
  resolve_arithmetic(train, device);
  return train;
}

std::string refusal(TrainPrecision precision, Bf16Arithmetic arithmetic, Device device) {
  return test_support::refusal(ErrorKind::kUsage, [&] { resolved(precision, arithmetic, device); });
}

TEST(NumericsTest, OnACpuAutoGoesByTheTableOfProcessors) {
  const bool native = multiplies_bf16_faster(this_processor());
  const TrainOptions train = resolved(TrainPrecision::kAuto, Bf16Arithmetic::kAuto);
  EXPECT_EQ(train.precision, native ? TrainPrecision::kBf16 : TrainPrecision::kFp32);
  EXPECT_EQ(train.bf16_arithmetic, native ? Bf16Arithmetic::kNative : Bf16Arithmetic::kF32);
  // Products of bf16 in f32 are never the faster way to train.
  EXPECT_EQ(resolved(TrainPrecision::kAuto, Bf16Arithmetic::kF32).precision, TrainPrecision::kFp32);
}

TEST(NumericsTest, WhatIsSaidStands) {
  EXPECT_EQ(resolved(TrainPrecision::kBf16, Bf16Arithmetic::kF32).bf16_arithmetic, Bf16Arithmetic::kF32);
  EXPECT_EQ(resolved(TrainPrecision::kBf16, Bf16Arithmetic::kNative).bf16_arithmetic, Bf16Arithmetic::kNative);
  EXPECT_EQ(resolved(TrainPrecision::kFp32, Bf16Arithmetic::kAuto).precision, TrainPrecision::kFp32);
  const TrainOptions on_gpu = resolved(TrainPrecision::kFp16, Bf16Arithmetic::kAuto, Device::kCuda);
  EXPECT_EQ(on_gpu.precision, TrainPrecision::kFp16);
  EXPECT_EQ(on_gpu.bf16_arithmetic, Bf16Arithmetic::kNative);
}

TEST(NumericsTest, WhatADeviceCannotDoIsRefused) {
  EXPECT_NE(refusal(TrainPrecision::kFp16, Bf16Arithmetic::kAuto, Device::kCpu).find("\"fp16\" needs a GPU"),
            std::string::npos);
  EXPECT_NE(refusal(TrainPrecision::kBf16, Bf16Arithmetic::kF32, Device::kCuda).find("a CPU's way"), std::string::npos);
}

TEST(NumericsTest, ForPeopleProductsAreNamedWhereTheyMatter) {
  EXPECT_EQ(arithmetic_text(resolved(TrainPrecision::kFp32, Bf16Arithmetic::kF32)), "fp32");
  EXPECT_EQ(arithmetic_text(resolved(TrainPrecision::kBf16, Bf16Arithmetic::kF32)), "bf16, products f32");
  EXPECT_EQ(arithmetic_text(resolved(TrainPrecision::kBf16, Bf16Arithmetic::kNative)), "bf16, products native");
}

TEST(NumericsTest, AClassNamesLibrariesThreadsArithmeticAndBits) {
  TrialOptions options;
  options.runtime.device = Device::kCpu;
  options.train.precision = TrainPrecision::kFp32;
  const std::string text = numerics_class(options, 32);
  for (const std::string& part :
       {std::string("torch " TORCH_VERSION "; glibc "), std::string("; threads 1; fp32; bits ")})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_EQ(numerics_class(options, 32), text);
  options.train.precision = TrainPrecision::kBf16;
  options.train.bf16_arithmetic = Bf16Arithmetic::kF32;
  const std::string in_bf16 = numerics_class(options, 32);
  EXPECT_NE(in_bf16.find("; bf16, products f32; bits "), std::string::npos) << in_bf16;
  EXPECT_NE(in_bf16.substr(in_bf16.rfind(' ')), text.substr(text.rfind(' '))) << "the probe computes in it";
}

TEST(NumericsTest, OnCpusNoRankNeedsAGpuOfItsOwn) {
  EXPECT_EQ(resolve_device(Device::kCpu), Device::kCpu);
  run_ranks(2, {}, [](Communicator& world) { EXPECT_TRUE(gpus_of_ranks(world, {.device = Device::kCpu}, 0).empty()); });
}

}  // namespace
}  // namespace unmask
