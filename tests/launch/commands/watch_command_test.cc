// With models, files that arrive, and kills: ../watch.py.
#include "launch/commands/watch_command.h"

#include <gtest/gtest.h>

#include "tests/launch/command_run.h"

namespace unmask {
namespace {

TEST(WatchCommandTest, OptionsThatMakeNoSenseAreNamed) {
  const auto refused = [](const std::string& rest, const std::string& why) {
    const CommandResult result = run_command_line("watch model.safetensors " + rest);
    EXPECT_EQ(result.exit_code, 2) << rest;
    EXPECT_TRUE(result.says(why)) << result.err;
  };
  refused("uploads --poll 0", "--poll must be > 0 seconds");
  refused("uploads --poll inf", "--poll must be > 0 seconds");
  refused("uploads --prior 2", "--prior must lie between 0 and 1");
  refused("uploads --device tpu", "--device must be one of");
  refused("uploads more", "more arguments than it takes");
  refused("", "missing argument FOLDER");
  refused("uploads", "model.safetensors");  // isn't there
}

}  // namespace
}  // namespace unmask
