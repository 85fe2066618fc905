#include "dist/gpus.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include <dlfcn.h>

#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

// CUDA and NVML take a library that is loaded already, by its name: here stand-ins of a driver for CUDA 12.4. First of
// all cases, as CUDA looks for its driver once. A machine with a driver of its own has nothing to say here.
TEST(GpusTest, ADriverThatIsTooOldIsFoundWithItsRelease) {
  if (std::ifstream("/proc/driver/nvidia/version")) return;
  ASSERT_NE(::dlopen(UNMASK_FAKE_CUDA, RTLD_NOW), nullptr) << ::dlerror();
  ASSERT_NE(::dlopen(UNMASK_FAKE_NVML, RTLD_NOW), nullptr) << ::dlerror();
  const GpuSight sight = look_for_gpus();
  EXPECT_EQ(sight.usable, 0);
  EXPECT_EQ(sight.driver, 12040);
  EXPECT_EQ(sight.release, "550.54.15");
  EXPECT_EQ(driver_is_too_old(sight), sight.wanted >= 13000);
  EXPECT_FALSE(sight.why.empty());
}

TEST(GpusTest, AnAllocationIsSeenInTheEnvironmentUnlessGpusAreHidden) {
  ::setenv("CUDA_VISIBLE_DEVICES", "1,2", 1);
  EXPECT_EQ(look_for_gpus().allocated, "CUDA_VISIBLE_DEVICES=1,2");
  ::setenv("CUDA_VISIBLE_DEVICES", "", 1);
  ::setenv("SLURM_JOB_GPUS", "3", 1);
  EXPECT_EQ(look_for_gpus().allocated, "");
  EXPECT_EQ(look_for_gpus().usable, 0);
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  EXPECT_EQ(look_for_gpus().allocated, "SLURM_JOB_GPUS=3");
  ::unsetenv("SLURM_JOB_GPUS");
  EXPECT_GE(look_for_gpus().wanted, 12000);
}

TEST(GpusTest, WhatCudaSaysIsToldWithTheDriver) {
  EXPECT_EQ(with_driver("the disk is full"), "the disk is full");
  EXPECT_EQ(with_driver("CUDA error: no kernel image"), "CUDA error: no kernel image; " + driver_text(look_for_gpus()));
}

TEST(GpusTest, TheKernelTellsTheReleaseFirst) {
  const test_support::TemporaryFolder folder;
  std::ofstream(folder / "version") << "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.08  Sat Feb 17 2024\n"
                                       "GCC version:  gcc version 11.4.0 (Ubuntu 11.4.0-1ubuntu1~22.04)\n";
  EXPECT_EQ(driver_release(folder.path()), "535.161.08");
}

TEST(GpusTest, MpsIsSeenByItsPipe) {
  const test_support::TemporaryFolder folder;
  ::setenv("CUDA_MPS_PIPE_DIRECTORY", folder.path().c_str(), 1);
  EXPECT_FALSE(mps_listens());
  std::ofstream(folder / "control").put(' ');
  EXPECT_TRUE(mps_listens());
  ::unsetenv("CUDA_MPS_PIPE_DIRECTORY");
}

}  // namespace
}  // namespace unmask
