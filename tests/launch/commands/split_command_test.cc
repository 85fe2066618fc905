#include "launch/commands/split_command.h"

#include <gtest/gtest.h>

#include "data/store_paths.h"
#include "tests/data/crops_builder.h"
#include "tests/launch/command_run.h"

namespace unmask {
namespace {

class SplitCommandTest : public testing::Test {
 protected:
  SplitCommandTest() {
    test::write_store(prepared_path(folder_.path(), "base"), 12, 16);  // four videos of one person
  }
  CommandResult split(const std::string& rest) const {
    return run_command_line("split " + folder_.path().string() + rest);
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(SplitCommandTest, PrintsTheTableAndSaysWhatLacks) {
  const CommandResult result = split(" --by video --val 0.3 --test 0.3 --seed 1");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("dataset  split  rows  videos  identities  real  fake"), std::string::npos) << result.out;
  EXPECT_TRUE(result.says("dataset base: no calibration split: val, also selected on")) << result.err;
  EXPECT_GT(CropStore(store_path(folder_.path(), "base", Split::kVal)).size(), 0u);
  EXPECT_EQ(split(" --by published").exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(store_path(folder_.path(), "base", Split::kVal)));
}

TEST_F(SplitCommandTest, OptionsThatMakeNoSenseAreNamed) {
  const auto refused = [&](const std::string& rest, const std::string& why) {
    const CommandResult result = split(rest);
    EXPECT_EQ(result.exit_code, 2) << rest;
    EXPECT_TRUE(result.says(why)) << result.err;
  };
  refused("", "--by is missing: one of \"official\", \"published\", \"identity\", \"video\"");
  refused(" --by luck", "--by must be one of");
  refused(" --by identity --seed -1", "--seed must be >= 0");
  refused(" --by identity --val 2", "--val must be in [0, 1], got 2");
  refused(" --by identity --val x", "val");
  refused(" --by published --val 0.2", "--val has no meaning with --by published");
  refused(" --by identity", "dataset base: split");  // all videos show one person
  refused(" --by identity --dataset none", "--dataset none isn't in");
}

}  // namespace
}  // namespace unmask
