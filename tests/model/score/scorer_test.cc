#include "model/score/scorer.h"

#include <gtest/gtest.h>

#include <c10/core/GradMode.h>

#include <limits>
#include <numeric>

#include "base/error.h"
#include "tests/model/tiny_stores.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

/// A weight times this is no float.
constexpr float kTooLarge = std::numeric_limits<float>::infinity();

/// More than two batches of crops and a network of random weights.
class ScorerTest : public testing::Test {
 protected:
  void SetUp() override {
    make_tiny_stores(folder_ / "stores", {.px = 32, .train = 36, .val = 180});
    const std::vector<std::string> base = {"base"};
    samples_.emplace(folder_ / "stores", base, Split::kVal);
    ASSERT_GT(samples_->size(), 2 * kScoreBatch);
    wanted_.resize(samples_->size());
    std::iota(wanted_.rbegin(), wanted_.rend(), 0u);
  }

  /// Rank r's result, or the text of its Error.
  struct Outcome {
    std::vector<SampleScore> scores;
    std::string error;
  };
  std::vector<Outcome> score(int world, float head_weight) {
    std::vector<Outcome> outcomes(static_cast<std::size_t>(world));
    run_ranks(world, {}, [&](Communicator& group) {
      Classifier classifier{ModelOptions{}};
      initialise_random(classifier, 3);
      {
        const at::NoGradGuard no_grad;
        for (NamedTensor& parameter : classifier.parameters())
          if (parameter.name == "fc.weight") parameter.tensor.mul_(head_weight);
      }
      Outcome& outcome = outcomes[static_cast<std::size_t>(group.rank())];
      try {
        outcome.scores = score_samples(classifier, Precision::kFp32, *samples_, wanted_, group, {});
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kFailed);
        EXPECT_EQ(error.fault().cause, Cause::kDivergence);
        outcome.error = error.what();
      }
    });
    return outcomes;
  }

  test_support::TemporaryFolder folder_;
  std::optional<SampleList> samples_;
  std::vector<std::uint32_t> wanted_;  // from the last to the first
};

TEST_F(ScorerTest, TheScoresAreEqualOnEveryRankOfAnyNumberOfRanks) {
  const std::vector<SampleScore> alone = score(1, 1).front().scores;
  ASSERT_EQ(alone.size(), wanted_.size());
  for (const int world : {2, 3, 4}) {
    for (const Outcome& outcome : score(world, 1)) {
      ASSERT_EQ(outcome.scores.size(), alone.size()) << outcome.error;
      for (std::size_t i = 0; i < alone.size(); ++i) {
        EXPECT_EQ(outcome.scores[i].fake_probability, alone[i].fake_probability) << i;
        EXPECT_EQ(outcome.scores[i].loss, alone[i].loss) << i;
      }
    }
  }
}

TEST_F(ScorerTest, ADeviceWithoutMemoryIsKnownByItsCause) {
  run_ranks(2, {}, [&](Communicator& group) {
    Classifier classifier{ModelOptions{}};
    initialise_random(classifier, 3);
    const auto fail_on_rank_1 = [&](int) {
      TORCH_CHECK_WITH(OutOfMemoryError, group.rank() != 1, "no room on the GPU");
    };
    try {
      score_samples(classifier, Precision::kFp32, *samples_, wanted_, group, {}, {fail_on_rank_1, {}, 1});
      ADD_FAILURE() << "it scored";
    } catch (const Error& error) {
      EXPECT_EQ(error.fault().cause, Cause::kMemory);
      EXPECT_EQ(error.fault().rank, 1);
      EXPECT_NE(error.fault().text.find("no room on the GPU"), std::string::npos) << error.what();
    }
  });
}

TEST_F(ScorerTest, AScoreThatIsNotFiniteIsAnErrorOfAllRanksThatNamesTheFrame) {
  const std::string alone = score(1, kTooLarge).front().error;
  const FrameInfo first = samples_->frame(wanted_.front());
  const std::string where = "frame " + std::to_string(first.frame) + " of video " + first.video + " of dataset base";
  EXPECT_NE(alone.find(where + " is not finite"), std::string::npos) << alone;
  for (const Outcome& outcome : score(2, kTooLarge)) EXPECT_EQ(outcome.error, alone);
}

}  // namespace
}  // namespace unmask
