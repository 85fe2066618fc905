#include "model/device/crop_launcher.h"

#include <gtest/gtest.h>

#include "dist/gpus.h"
#include "model/device/device_kernels.h"

namespace unmask {
namespace {

TEST(CropLauncherTest, ItsKernelCompilesForEachArchitecture) {
  for (const char* architecture : {"sm_80", "sm_90", "sm_100"})
    EXPECT_NE(compile_cubin(crop_kernel_source(), architecture).find("crop_batch"), std::string::npos) << architecture;
}

TEST(CropLauncherTest, ItsKernelFusesNothingAndRoundsEveryOperation) {
  const std::string ptx = compile_ptx(crop_kernel_source(), "sm_80");
  for (const char* wanted : {"mul.rn.f32", "add.rn.f32", "div.rn.f32", "div.rn.f64"})
    EXPECT_NE(ptx.find(wanted), std::string::npos) << wanted;
  for (const char* forbidden : {"fma.", "mad.f", ".ftz", ".approx", "div.full"})
    EXPECT_EQ(ptx.find(forbidden), std::string::npos) << forbidden;
}

TEST(CropLauncherTest, IsEmptyWhereNoGpuIs) {
  if (look_for_gpus().usable > 0) GTEST_SKIP() << "a GPU is here";
  EXPECT_FALSE(cuda_crop_launcher(0));
}

}  // namespace
}  // namespace unmask
