#include "launch/check/memory_estimate.h"

#include <gtest/gtest.h>

namespace unmask {
namespace {

TrialOptions options(int microbatch_size, TrainPrecision precision) {
  TrialOptions made;
  made.train.global_batch_size = 64;
  made.train.microbatch_size = microbatch_size;
  made.train.precision = precision;
  made.train.bf16_arithmetic = Bf16Arithmetic::kNative;
  return made;
}

double megabytes(int microbatch_size, int crop_px, TrainPrecision precision = TrainPrecision::kFp32) {
  return static_cast<double>(rank_peak_bytes(options(microbatch_size, precision), crop_px)) / 1e6;
}

// By hand: the program, 11,177,538 parameters with what goes with each, and 8 crops of 32 px.
TEST(MemoryEstimateTest, IsTheSumOfItsParts) {
  const double state = 11'177'538.0 * (4 * 9 + 8 + 16);
  const double crops = 8.0 * 32 * 32 * 3 * 11;
  const double activations =
      8.0 * 4 * (5 * 64 * 256 + 3 * 64 * 64 + 2 * (4 * 64 * 64 + 5 * 128 * 16 + 5 * 256 * 4 + 5 * 512));
  EXPECT_NEAR(megabytes(8, 32), (400e6 + state + crops + activations) / 1e6, 0.01);
}

TEST(MemoryEstimateTest, GrowsWithWhatIsComputedAtOnce) {
  EXPECT_GT(megabytes(32, 224), megabytes(16, 224));
  EXPECT_EQ(megabytes(0, 224), megabytes(64, 224));  // 0: the whole batch at once
  EXPECT_EQ(megabytes(400, 224), megabytes(64, 224));
  EXPECT_LT(megabytes(32, 224, TrainPrecision::kBf16), megabytes(32, 224));
}

}  // namespace
}  // namespace unmask
