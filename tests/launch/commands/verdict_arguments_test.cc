// What is refused: predict_command_test.cc.
#include "launch/commands/verdict_arguments.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "launch/commands/score_arguments.h"

namespace unmask {
namespace {

class VerdictArgumentsTest : public testing::Test {
 protected:
  VerdictArgumentsTest() {
    add_verdict_options(command_);
    add_score_options(command_);
  }
  Command command_;
};

TEST_F(VerdictArgumentsTest, ReachTheScorerAndTheVerdict) {
  const ParsedOptions parsed =
      parse_options(command_, {"--frames", "5", "--threads", "2", "--device", "cpu", "--detector-model", "yunet.onnx",
                               "--no-sandbox", "--prior", "0.1", "--threshold", "0.75"});
  const InputScorerOptions scorer = scorer_options(parsed, Session(nullptr));
  EXPECT_EQ(picked_frames(scorer.frames, 100, 4).size(), 5u);
  EXPECT_EQ(scorer.model.threads, 2);
  EXPECT_EQ(scorer.detector_model, "yunet.onnx");
  EXPECT_FALSE(scorer.sandbox);
  check_verdict_options(parsed);
  const VerdictOptions verdicts = read_verdict_options(parsed, "", {});
  EXPECT_EQ(verdicts.prior, 0.1);
  EXPECT_EQ(verdicts.threshold, 0.75);
}

TEST_F(VerdictArgumentsTest, AStreamIsScoredSoManyTimesASecond) {
  const InputScorerOptions scorer =
      scorer_options(parse_options(command_, {"--stream", "4", "--device", "cpu"}), Session(nullptr));
  EXPECT_TRUE(scorer.stream);
  EXPECT_EQ(picked_frames(scorer.frames, 1000, 50).size(), 200u);
  EXPECT_FALSE(scorer_options(parse_options(command_, {"--device", "cpu"}), Session(nullptr)).stream);
  for (const std::vector<std::string>& refused : std::vector<std::vector<std::string>>{
           {"--stream", "4", "--frames", "all"}, {"--stream", "0"}, {"--stream", "-1"}, {"--stream", "nan"}})
    EXPECT_THROW(scorer_options(parse_options(command_, refused), Session(nullptr)), Error) << refused[1];
}

TEST_F(VerdictArgumentsTest, HaveDefaults) {
  const ParsedOptions parsed = parse_options(command_, {"--device", "cpu"});
  const InputScorerOptions scorer = scorer_options(parsed, Session(nullptr));
  EXPECT_EQ(picked_frames(scorer.frames, 100, 4).size(), 32u);
  EXPECT_TRUE(scorer.sandbox);
  const VerdictOptions verdicts = read_verdict_options(parsed, "", {});
  EXPECT_EQ(verdicts.prior, 0.5);
  EXPECT_EQ(verdicts.threshold, 0.5);
}

}  // namespace
}  // namespace unmask
