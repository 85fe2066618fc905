#include "launch/run/run_splits.h"

#include <gtest/gtest.h>

#include "launch/config/run_config_file.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test_support::refusal;

class RunSplitsTest : public testing::Test {
 protected:
  RunSplitsTest() { write_tiny_stores(folder_ / "stores"); }
  RunConfig config(const std::string& more = "") const {
    return read_run_config(tiny_config(folder_ / "stores", more), "a.toml", {}, ConfigFor::kEither);
  }
  std::string leaks(const RunConfig& config) const {
    return refusal(ErrorKind::kData, [&] { refuse_leaks(config, run_censuses(config)); });
  }

  test_support::TemporaryFolder folder_;
};

TEST_F(RunSplitsTest, ThoseOfTheConfigAndThoseBesideThem) {
  write_tiny_store(folder_ / "stores/base/calibration.crops", Split::kCalibration, 2, 200);
  write_tiny_store(folder_ / "stores/other/train.crops", Split::kTrain, 2);
  std::string text;
  for (const RunSplit& split : run_splits(config("[sweep]\nsampler = \"grid\"\n[sweep.space]\n"
                                                 "\"data.train\" = { choice = [[\"base\"], [\"base\", \"wild\"]] }\n")))
    text += split.dataset + " " + to_word(split.split) + (split.used ? " used; " : "; ");
  EXPECT_EQ(text, "base train used; base val used; base calibration; wild train used; ");
}

TEST_F(RunSplitsTest, ASplitThatIsNotUsedMustNotLeakEither) {
  EXPECT_EQ(leaks(config()), "");
  write_text(folder_ / "stores/base/calibration.crops", "no store: nobody uses it");
  EXPECT_EQ(leaks(config()), "");
  write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 2, 22);
  EXPECT_NE(leaks(config()).find("(deepfakes v23, real v22) and 2 target identities (p22, p23) in both train and test"),
            std::string::npos);
  RunConfig allowed = config();
  allowed.trial.data.allow_leaks = true;
  EXPECT_EQ(leaks(allowed), "");
}

}  // namespace
}  // namespace unmask
