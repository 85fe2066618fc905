#include "launch/run/recorded_config.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/launch/config/config_texts.h"
#include "tests/launch/recorded_runs.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/refusal.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

using test_support::refusal;

TEST(RecordedConfigTest, IsReadAsASweepOrATraining) {
  const test_support::TemporaryFolder folder;
  const RunFolder run(folder.path());
  EXPECT_NE(refusal(ErrorKind::kData, [&] { read_recorded_config(run); }).find("config.toml"), std::string::npos);
  write_text(run.config(), resolved_toml(read(kSmall)));
  EXPECT_FALSE(read_recorded_config(run).sweep);
  write_text(run.config(), resolved_toml(read_sweep(kSpace)));
  EXPECT_EQ(read_recorded_config(run).sweep->space.size(), 9u);
  write_text(run.config(), "seed = -3\n");
  EXPECT_EQ(
      refusal(ErrorKind::kData, [&] { read_recorded_config(run); }).find("the run's recorded config is damaged: "), 0u);
}

TEST(RecordedConfigTest, AnotherExperimentIsRefusedKeyByKey) {
  const RunFolder run("runs/demo");
  const RunConfig config = read(kSmall);
  require_same_experiment(run, config, read(kSmall, {"runtime.timeout_s=9"}));
  EXPECT_EQ(refusal(ErrorKind::kUsage,
                    [&] {
                      require_same_experiment(run, config, read(kSmall, {"train.epochs=3", "seed=4"}));
                    }),
            "runs/demo: holds a run of another experiment:\n"
            "  seed: the run has 3, the config has 4\n"
            "  train.epochs: the run has 12, the config has 3\n"
            "  choose another --run folder, or set these back");
  EXPECT_EQ(
      refusal(ErrorKind::kUsage, [&] { require_same_experiment(run, config, read_sweep(kSpace)); }),
      "runs/demo: holds a run of `unmask train`, the config is one of `unmask sweep`; choose another --run folder");
}

TEST(RecordedConfigTest, ASliceMayHaveGrownByADataset) {
  RunConfig small = read(hand_config(), {}, ConfigFor::kSweep), grown = small;
  small.content = {{"stores.base.train", "1"}};
  grown.content = {{"stores.base.train", "1"}, {"stores.augment.train", "2"}};
  EXPECT_TRUE(slice_difference(small, grown).empty());
  EXPECT_TRUE(slice_difference(grown, small).empty());
  grown.content["stores.base.train"] = "3";
  EXPECT_FALSE(slice_difference(small, grown).empty());
  EXPECT_FALSE(slice_difference(grown, small).empty());
}

TEST(RecordedConfigTest, SlicesBelongToOneSweep) {
  const RunFolder slice("runs/array/slice-1-of-2");
  const auto sweep = [](const std::vector<std::string>& overrides) {
    return read(hand_config(), overrides, ConfigFor::kSweep);
  };
  require_same_sweep(slice, sweep({}), sweep({"sweep.trials=9"}));  // grown
  EXPECT_EQ(refusal(ErrorKind::kUsage, [&] { require_same_sweep(slice, sweep({}), sweep({"seed=4"})); }),
            "runs/array/slice-1-of-2: is a slice of another sweep:\n"
            "  seed: the run has 3, the config has 4\n"
            "  choose another --run folder, or set these back");
  // Two repeats of each point: the second trial of the one is no trial of the other.
  EXPECT_NE(refusal(ErrorKind::kUsage, [&] { require_same_sweep(slice, sweep({}), sweep({"sweep.repeats=2"})); })
                .find("is a slice of another sweep:\n"),
            std::string::npos);
}

}  // namespace
}  // namespace unmask
