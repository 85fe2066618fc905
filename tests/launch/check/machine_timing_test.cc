// On 1 and 2 ranks.
#include "launch/check/machine_timing.h"

#include <stdlib.h>
#include <algorithm>

#include <gtest/gtest.h>

#include "launch/config/run_config_file.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/mpi_world.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(MachineTimingTest, EverySizeThatFitsIsTimedOnAllItsGroupsAndNothingIsLeft) {
  const test_support::TemporaryFolder folder;  // one a rank
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  write_tiny_stores(folder / "stores");
  const std::size_t files = folder.entries();
  Session session(&mpi_runtime());
  const RunConfig config = read_run_config(tiny_config(folder / "stores"), "a.toml", {}, ConfigFor::kTrain);
  const int world = session.world().world();
  std::vector<int> sizes = {1};
  if (world > 1) sizes.push_back(world);
  const MachineTiming timing = time_machine(session, config.trial, sizes);
  // Each group of one, then the group of all.
  ASSERT_EQ(timing.steps.size(), static_cast<std::size_t>(world == 1 ? 1 : world + 1));
  EXPECT_EQ(std::ranges::count(timing.steps, 1, &StepTiming::ranks), world);
  for (const StepTiming& step : timing.steps) {
    EXPECT_EQ(step.microbatches, 4);
    EXPECT_EQ(step.images, 16);
    EXPECT_GT(step.step_s, 0);
    EXPECT_LT(step.step_s, 60);
  }
  EXPECT_GT(timing.scored_image_s, 0);
  EXPECT_GT(timing.epoch_end_s, 0);
  EXPECT_GT(timing.lease_cost_s, 0);
  EXPECT_EQ(folder.entries(), files);
  session.close();
}

}  // namespace
}  // namespace unmask
