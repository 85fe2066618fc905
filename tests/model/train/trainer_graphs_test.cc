// A whole trial on a device played by CPU tensors, by graphs: leases, scoring between, checkpoints.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "model/norm/norm_function.h"
#include "model/train/trainer.h"
#include "tests/model/device/played_operators.h"
#include "tests/model/train/small_trial.h"
#include "tests/support/run_ranks.h"

namespace unmask {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Two leases, the second of which begins in the middle of an epoch.
void train(const TrialOptions& options, const std::filesystem::path& trial, int world, const GraphMaker& make_graph) {
  ThreadCommunicatorOptions patient;
  patient.timeout_s = 200;
  for (const std::optional<std::int64_t> until : {std::optional<std::int64_t>(4), std::optional<std::int64_t>()}) {
    run_ranks(world, patient, [&](Communicator& group) {
      LeaseContext context;
      context.trial_dir = trial;
      context.identity = context.numerics = "trainer_graphs_test";
      context.until_step = until;
      context.by_tensors = true;
      context.make_graph = make_graph;
      run_lease(options, group, context);
    });
  }
}

TEST(TrainerGraphsTest, AWholeTrialOfTwoRanksHasTheBitsOfOneRanksOperators) {
  let_norms_be_fused(false);
  const test_support::TemporaryFolder folder;
  TrialOptions options = small_trial(folder);
  options.data.test = {"augment"};
  train(options, folder / "operators", 1, {});
  const int before = PlayedOperators::plays();
  train(options, folder / "graphs", 2, [] { return std::make_unique<PlayedOperators>(); });
  EXPECT_GT(PlayedOperators::plays(), before);
  for (const char* file : {"best.safetensors", "metrics.csv", "test.csv"})
    EXPECT_TRUE(text_of(folder / "graphs" / file) == text_of(folder / "operators" / file)) << file;
  let_norms_be_fused(true);
}

}  // namespace
}  // namespace unmask
