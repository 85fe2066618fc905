#include "launch/commands/config_arguments.h"

#include <gtest/gtest.h>

#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

TEST(ConfigArgumentsTest, SetOverridesTheFile) {
  const test_support::TemporaryFolder folder;
  Command command;
  add_config_options(command, "where it would live");
  EXPECT_NE(command_help(command).find("where it would live"), std::string::npos);
  const ParsedOptions parsed =
      parse_options(command, {write_text(folder / "a.toml", tiny_config("stores")), "--set", "train.epochs=7", "--set",
                              "seed=3", "--set", "optimizer={max_lr=0.5}", "--run", "x"});
  const RunConfig config = read_config_argument(parsed, ConfigFor::kTrain);
  EXPECT_EQ(config.trial.train.epochs, 7);
  EXPECT_EQ(config.trial.seed, 3u);
  EXPECT_EQ(config.trial.optimizer.max_lr, 0.5);
  EXPECT_EQ(config.trial.train.global_batch_size, 16);  // as the file has it
}

}  // namespace
}  // namespace unmask
