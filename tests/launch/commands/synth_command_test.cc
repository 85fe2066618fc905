#include "launch/commands/synth_command.h"

#include <gtest/gtest.h>

#include "tests/launch/command_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(SynthCommandTest, OptionsThatMakeNoSenseAreNamed) {
  const test_support::TemporaryFolder folder;
  const std::string out = "synth " + (folder / "out").string();
  const auto refused = [&](const std::string& rest, const std::string& why) {
    const CommandResult result = run_command_line(out + rest);
    EXPECT_EQ(result.exit_code, 2) << rest;
    EXPECT_TRUE(result.says(why)) << result.err;
  };
  refused("", "--faces DIR is missing: a folder of face photos and videos");
  refused(" --faces x --seed -1", "--seed must be >= 0");
  refused(" --faces x --threads 0", "--threads must be >= 1");
  refused(" --faces x --threads two", "threads");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(SynthCommandTest, AFolderOfFacesThatIsNotThereIsNamed) {
  const test_support::TemporaryFolder folder;
  const CommandResult result =
      run_command_line("synth " + (folder / "out").string() + " --faces " + (folder / "none").string());
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_TRUE(result.says("none: no such folder of face photos and videos")) << result.err;
}

}  // namespace
}  // namespace unmask
