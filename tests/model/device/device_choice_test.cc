#include "model/device/device_choice.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/refusal.h"

namespace unmask {
namespace {

std::string refusal(Device asked, const GpuSight& sight) {
  return test_support::refusal(ErrorKind::kUsage, [&] { choose_device(asked, sight); });
}

TEST(DeviceChoiceTest, AutoTakesAUsableOneAndTheCpuOnlyWhereNoneIsMeant) {
  const GpuSight none{.wanted = 13000}, two{.usable = 2, .driver = 13000, .wanted = 13000};
  EXPECT_EQ(choose_device(Device::kAuto, none), Device::kCpu);
  EXPECT_EQ(choose_device(Device::kAuto, two), Device::kCuda);
  EXPECT_EQ(choose_device(Device::kCuda, two), Device::kCuda);
  EXPECT_EQ(choose_device(Device::kCpu, two), Device::kCpu);
}

TEST(DeviceChoiceTest, OneThatIsAllocatedButCannotBeUsedIsRefusedWithBothVersions) {
  const GpuSight old{.why = "CUDA driver version is insufficient for CUDA runtime version",
                     .driver = 12040,
                     .wanted = 13000,
                     .release = "550.54.15",
                     .allocated = "SLURM_JOB_GPUS=3"};
  for (const Device asked : {Device::kAuto, Device::kCuda}) {
    const std::string text = refusal(asked, old);
    for (const std::string& part :
         {std::string("runtime.device = \"") + to_word(asked) + "\"", std::string("SLURM_JOB_GPUS=3"), old.why,
          std::string("driver 550.54.15 (CUDA 12.4) was found; wanted is 580 or newer"), std::string("older LibTorch"),
          std::string("\"cpu\"")}) {
      EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
    }
  }
  EXPECT_EQ(choose_device(Device::kCpu, old), Device::kCpu);
  EXPECT_NE(refusal(Device::kCuda, {.wanted = 13000}).find("no usable GPU is visible; no driver was found"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
