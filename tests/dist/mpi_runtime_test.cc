#include "dist/mpi_runtime.h"

#include <cstdlib>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace unmask {
namespace {

std::map<std::string, std::string>& variables() {
  static std::map<std::string, std::string> all;
  return all;
}

std::string mismatch(int mpi_world, std::map<std::string, std::string> set) {
  variables() = std::move(set);
  const auto lookup = [](const char* name) -> const char* {
    const auto found = variables().find(name);
    return found == variables().end() ? nullptr : found->second.c_str();
  };
  return launcher_mismatch(mpi_world, lookup).value_or("");
}

TEST(MpiRuntimeLauncher, NothingToSayWithoutALauncher) { EXPECT_EQ(mismatch(1, {}), ""); }

TEST(MpiRuntimeLauncher, NothingToSayWhereSizesAgree) {
  EXPECT_EQ(mismatch(4, {{"OMPI_COMM_WORLD_SIZE", "4"}}), "");
  EXPECT_EQ(mismatch(4, {{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "4"}}), "");
  EXPECT_EQ(mismatch(4, {{"PMI_SIZE", "4"}}), "");
}

TEST(MpiRuntimeLauncher, NamesTheWorkingLineUnderPlainSrun) {
  const std::string text =
      mismatch(1, {{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "4"}, {"SLURM_JOB_ID", "77"}});
  EXPECT_NE(text.find("started 4 ranks (SLURM_NTASKS), but MPI sees a world of 1"), std::string::npos) << text;
  EXPECT_NE(text.find("srun --mpi=pmix -n 4 unmask"), std::string::npos) << text;
  EXPECT_NE(text.find("/mpirun -n 4 unmask"), std::string::npos) << text;
}

TEST(MpiRuntimeLauncher, AProgramStartedAloneInABatchShellIsAWorldOfOne) {
  EXPECT_EQ(mismatch(1, {{"SLURM_JOB_ID", "77"}, {"SLURM_NTASKS", "4"}}), "");                         // salloc
  EXPECT_EQ(mismatch(1, {{"SLURM_JOB_ID", "77"}, {"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), "");  // sbatch
  for (const char* step : {"batch", "4294967291", "4294967294", "interactive"}) {
    EXPECT_EQ(mismatch(1, {{"SLURM_STEP_ID", step}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}), "") << step;
  }
}

TEST(MpiRuntimeLauncher, AStepCountsItsOwnTasksNotTheJobs) {
  const std::map<std::string, std::string> shell_of_one_task = {
      {"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_STEP_NUM_TASKS", "1"}};
  EXPECT_EQ(mismatch(1, shell_of_one_task), "");
}

TEST(MpiRuntimeLauncher, TheInnermostLauncherCounts) {
  EXPECT_EQ(
      mismatch(2,
               {{"OMPI_COMM_WORLD_SIZE", "2"}, {"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}),
      "");
}

TEST(MpiRuntimeLauncher, AnotherMpisLauncherIsNamed) {
  EXPECT_NE(mismatch(1, {{"OMPI_COMM_WORLD_SIZE", "2"}}).find("another MPI than the one unmask was built with"),
            std::string::npos);
  EXPECT_NE(mismatch(1, {{"PMI_SIZE", "8"}}).find("-n 8 unmask"), std::string::npos);
}

TEST(MpiRuntimeLauncher, ABundleNamesItsOwnLauncher) {
  const std::string mpirun = "/opt/unmask/bin/mpirun";
  for (const char* size : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const std::string text = mismatch(1, {{size, "2"}, {"UNMASK_MPIRUN", mpirun}});
    EXPECT_NE(text.find("launch with: " + mpirun + " -n 2 unmask"), std::string::npos) << text;
  }
}

TEST(MpiRuntimeLauncher, TextThatIsNoNumberIsNoSize) {
  for (const char* text : {"", "x", "-3", "0", "4x", "99999999999999999999"}) {
    EXPECT_EQ(mismatch(1, {{"OMPI_COMM_WORLD_SIZE", text}}), "") << text;
  }
}

TEST(MpiRuntimeStart, AUsersWaysBetweenRanksStay) {
  ::setenv("OMPI_MCA_btl", "self", 1);
  const MpiRuntime runtime(nullptr, nullptr);  // MPI starts once a process
  EXPECT_STREQ(std::getenv("OMPI_MCA_btl"), "self");
}

}  // namespace
}  // namespace unmask
