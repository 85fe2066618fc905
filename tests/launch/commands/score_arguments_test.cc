#include "launch/commands/score_arguments.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace unmask {
namespace {

ScoreOptions read(const std::vector<std::string>& words) {
  Command command;
  add_score_options(command);
  return score_options(parse_options(command, words), Session(nullptr));
}

TEST(ScoreArgumentsTest, AreReadAndChecked) {
  const ScoreOptions options = read({"--threads", "3", "--device", "cpu"});
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.device, Device::kCpu);
  EXPECT_EQ(read({"--device", "cpu"}).threads, 1);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--threads", "0"}, {"--device", "tpu"}, {"--threads", "x"}})
    EXPECT_THROW(read(words), Error);
}

}  // namespace
}  // namespace unmask
