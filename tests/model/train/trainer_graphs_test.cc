// A whole trial on a device played by CPU tensors, by graphs: leases, scoring between, checkpoints.
#include <gtest/gtest.h>

#include "model/norm/norm_function.h"
#include "tests/model/device/played_operators.h"
#include "tests/model/train/small_trial.h"
#include "tests/model/train/two_leases.h"
#include "tests/support/file_bytes.h"

namespace unmask {
namespace {

using test_support::bytes_of;

TEST(TrainerGraphsTest, AWholeTrialOfTwoRanksHasTheBitsOfOneRanksOperators) {
  let_norms_be_fused(false);
  const test_support::TemporaryFolder folder;
  TrialOptions options = small_trial(folder);
  options.data.test = {"augment"};
  train_in_two_leases(options, folder / "operators", 1, true);
  const int before = PlayedOperators::plays();
  train_in_two_leases(options, folder / "graphs", 2, true, [] { return std::make_unique<PlayedOperators>(); });
  EXPECT_GT(PlayedOperators::plays(), before);
  for (const char* file : {"best.safetensors", "metrics.csv", "test.csv"})
    EXPECT_TRUE(bytes_of(folder / "graphs" / file) == bytes_of(folder / "operators" / file)) << file;
  let_norms_be_fused(true);
}

}  // namespace
}  // namespace unmask
