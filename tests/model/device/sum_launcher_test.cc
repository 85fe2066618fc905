#include "model/device/sum_launcher.h"

#include <gtest/gtest.h>

#include "dist/gpus.h"
#include "model/device/device_kernels.h"

namespace unmask {
namespace {

TEST(SumLauncherTest, ItsKernelCompilesForEachArchitecture) {
  for (const char* architecture : {"sm_80", "sm_90", "sm_100"})
    EXPECT_NE(compile_cubin(sum_kernel_source(), architecture).find("sum_batch"), std::string::npos) << architecture;
}

TEST(SumLauncherTest, IsEmptyWhereNoGpuIs) {
  if (look_for_gpus().usable > 0) GTEST_SKIP() << "a GPU is here";
  EXPECT_FALSE(cuda_sum_launcher(0));
}

}  // namespace
}  // namespace unmask
