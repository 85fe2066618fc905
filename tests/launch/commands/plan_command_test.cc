#include "launch/commands/plan_command.h"

#include "tests/launch/command_run.h"
#include "tests/launch/commands/tiny_run_test.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class PlanCommandTest : public TinyRunTest {};

TEST_F(PlanCommandTest, StepsAreTimedAndTheSweepShowsIt) {
  const std::string run = path("planned");
  const ProgramResult plan = run_shell("mkdir -p " + path("tmp") + "; TMPDIR=" + path("tmp") + " " + mpirun(2) +
                                       UNMASK_PROGRAM + " plan " + path("sweep.toml") + " --ranks 4 --run " + run);
  ASSERT_EQ(plan.exit_code, 0) << plan.output;
  for (const char* part :
       {"4 trials", "elastic", "sequential", "best: ", "--ntasks=4 --time=00:0", "extrapolated", "timed"})
    EXPECT_TRUE(says(plan, part)) << part << "\n" << plan.output;
  for (const auto& left : fs::recursive_directory_iterator(folder() / "tmp")) {
    EXPECT_FALSE(left.path().filename().string().starts_with("unmask-plan")) << left.path();
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(run), fs::directory_iterator()), 1);  // plan.json alone

  // A plan for as many ranks as the sweep has: it is shown. The folder was no run yet.
  EXPECT_EQ(run_command_line("plan " + path("sweep.toml") + " --timing " + path("none.csv")).exit_code, 3);
  std::ofstream(folder() / "t.csv") << "ranks,microbatches,step_s\n1,4,0.5\n2,4,0.3\n";
  const CommandResult table =
      run_command_line("plan " + path("sweep.toml") + " --ranks 2 --run " + run + " --timing " + path("t.csv"));
  ASSERT_EQ(table.exit_code, 0) << table.out << table.err;
  EXPECT_FALSE(table.says("extrapolated")) << table.out << table.err;
  const ProgramResult sweep = run_shell(mpirun(2) + UNMASK_PROGRAM + " sweep " + path("sweep.toml") + " --run " + run);
  ASSERT_EQ(sweep.exit_code, 0) << sweep.output;
  EXPECT_TRUE(says(sweep, "a new run")) << sweep.output;
  const CommandResult status = run_command_line("status " + run);
  EXPECT_TRUE(status.says("predicted in all")) << status.out << status.err;

  // From the times of that run; nothing is trained.
  const CommandResult former = run_command_line("plan " + path("train.toml") + " --ranks 8 --timing " + run);
  ASSERT_EQ(former.exit_code, 0) << former.out << former.err;
  EXPECT_TRUE(former.says("best: sequential")) << former.out << former.err;
  std::ofstream(folder() / "bad.csv") << "ranks,microbatches,step_s\n1,x,0.5\n";
  const CommandResult bad = run_command_line("plan " + path("train.toml") + " --timing " + path("bad.csv"));
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_TRUE(bad.says("bad.csv, line 2")) << bad.out << bad.err;
}

}  // namespace
}  // namespace unmask
