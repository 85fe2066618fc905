#include "dist/gpus.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

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
  EXPECT_GE(look_for_gpus().wanted, 13000);
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
