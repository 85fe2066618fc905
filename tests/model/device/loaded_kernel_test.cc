#include "model/device/loaded_kernel.h"

#include <gtest/gtest.h>

#include "dist/gpus.h"

namespace unmask {
namespace {

TEST(LoadedKernelTest, IsEmptyAndSaysNothingWhereNoGpuIs) {
  if (look_for_gpus().usable > 0) GTEST_SKIP() << "a GPU is here";
  testing::internal::CaptureStderr();
  EXPECT_FALSE(load_kernel(0, "extern \"C\" __global__ void f(int) {}", "f", "it is done otherwise"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace unmask
