// Any ranks, modes, kills: sweep_bits.py.
#include "launch/commands/sweep_command.h"

#include <algorithm>
#include <sstream>

#include "sweep/run/slices.h"
#include "tests/launch/commands/tiny_run_test.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class SweepCommandTest : public TinyRunTest {
 protected:
  /// One epoch a trial.
  static ProgramResult sweep(const std::string& launcher, const std::string& rest) {
    return run_shell(launcher + UNMASK_PROGRAM + " sweep " + path("sweep.toml") +
                     " --set 'sweep.space.train.epochs={ choice = [1] }' " + rest);
  }
};

TEST_F(SweepCommandTest, TrialsAreTrainedAndOneIsChosen) {
  const ProgramResult whole = sweep(mpirun(2), "--run " + path("whole"));
  ASSERT_EQ(whole.exit_code, 0) << whole.output;
  EXPECT_TRUE(says(whole, "whole: a new run")) << whole.output;
  EXPECT_TRUE(says(whole, "run: " + path("whole") + "   results: " + path("whole/results.csv") +
                              "   model: " + path("whole/chosen/model.safetensors")))
      << whole.output;
  EXPECT_TRUE(says(whole, "model.pth was not made: ")) << whole.output;
  const std::string results = text_of("whole/results.csv");
  EXPECT_EQ(std::ranges::count(results, '\n'), 5);

  // The same in two slices, each of which does its own trials and knows how to go on.
  for (const std::string slice : {"0/2", "1/2"}) {
    const ProgramResult part = sweep("", "--run " + path("array") + " --slice " + slice);
    ASSERT_EQ(part.exit_code, 0) << part.output;
  }
  std::string rows;
  for (const auto& [k, folder] : find_slices(RunFolder(path("array"))).started) {
    const std::string csv = read_text_file(folder.results(), 1 << 20);
    EXPECT_EQ(std::ranges::count(csv, '\n'), 3);
    rows += csv;
  }
  std::istringstream lines(results);
  for (std::string line; std::getline(lines, line);) EXPECT_NE(rows.find(line + "\n"), std::string::npos) << line;
  const ProgramResult again = sweep("", "--run " + path("array") + " --slice 1/2");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_TRUE(says(again, "slice-1-of-2: goes on with the run that this folder holds")) << again.output;
}

}  // namespace
}  // namespace unmask
