// With models and videos: ../predict.py.
#include "launch/commands/predict_command.h"

#include <gtest/gtest.h>

#include "tests/launch/command_run.h"

namespace unmask {
namespace {

TEST(PredictCommandTest, OptionsThatMakeNoSenseAreNamed) {
  const auto refused = [](const std::string& rest, const std::string& why) {
    const CommandResult result = run_command_line("predict model.safetensors clip.mp4 " + rest);
    EXPECT_EQ(result.exit_code, 2) << rest;
    EXPECT_TRUE(result.says(why)) << result.err;
  };
  refused("--frames often", "--frames must be a number, \"every N\", \"S s\" or all, got \"often\"");
  refused("--threshold 1", "--threshold must lie between 0 and 1");
  refused("--fpr 0", "--fpr must lie between 0 and 1");
  refused("--prior 2", "--prior must lie between 0 and 1");
  refused("--fpr 0.1 --threshold 0.5", "give one of them");
  refused("--threads 0", "--threads must be >= 1");
  refused("--device tpu", "--device must be one of");
  refused("", "model.safetensors");  // isn't there
}

}  // namespace
}  // namespace unmask
