#include "launch/check/config_check.h"

#include <gtest/gtest.h>

#include "launch/config/run_config_file.h"
#include "launch/run/config_resolution.h"
#include "tests/launch/tiny_run.h"
#include "tests/support/temporary_folder.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

class ConfigCheckTest : public testing::Test {
 protected:
  ConfigCheckTest() { write_tiny_stores(folder_ / "stores"); }

  RunConfig config(const std::string& more = "", const std::vector<std::string>& overrides = {}) const {
    return read_run_config(tiny_config(folder_ / "stores", more), "a.toml", overrides, ConfigFor::kEither);
  }
  ConfigCheck check(const RunConfig& config, int ranks = 1, const std::string& run = "") {
    findings_ = {};
    return check_config(config, run.empty() ? "" : (folder_ / run).string(), ranks, findings_);
  }
  bool found(const std::string& part) const { return findings_.text().find(part) != std::string::npos; }

  test_support::TemporaryFolder folder_;
  Findings findings_;
};

bool says(const ConfigCheck& check, const std::string& part) { return check.text.find(part) != std::string::npos; }

TEST_F(ConfigCheckTest, AGoodConfigIsToldInFacts) {
  const ConfigCheck checked = check(config(), 2);
  EXPECT_EQ(findings_.text(), "");
  // 47 crops, 16 a step, two epochs; 16 in microbatches of 4.
  for (const char* fact : {"base     train    23    24  1 (4.2%)                               0      24          24",
                           "cpu, fp32", "random weights", "in a sandbox: seccomp", "steps a trial",
                           "4: the most ranks that help a trial", "2 of 2 ranks", "disk at most"})
    EXPECT_TRUE(says(checked, fact)) << fact << "\n" << checked.text;
  EXPECT_EQ(folder_.entries(), 4u);  // two folders and two stores: nothing was written
}

TEST_F(ConfigCheckTest, SplitsThatShareAVideoAreAFaultOfTheData) {
  write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 8, 22);  // 22 and 23 are in train
  check(config());
  EXPECT_EQ(findings_.exit_code(), 3);
  EXPECT_TRUE(
      found("FAULT  dataset base: 2 videos (deepfakes v23, real v22) and 2 target identities (p22, p23) in both "
            "train and test; split the videos by identity and prepare again"))
      << findings_.text();
}

TEST_F(ConfigCheckTest, AllowedLeaksAreWarnedOf) {
  write_tiny_store(folder_ / "stores/base/test.crops", Split::kTest, 8, 22);
  check(config("", {"data.allow_leaks=true"}));
  EXPECT_EQ(findings_.exit_code(), 0);
  EXPECT_TRUE(found("WARN   dataset base: 2 videos (deepfakes v23, real v22)")) << findings_.text();
}

TEST_F(ConfigCheckTest, AMissingFolderOfStoresIsOneFault) {
  RunConfig none = config("", {"data.test=[\"base\", \"wild\"]"});
  none.trial.data.stores = (folder_ / "none").string();
  check(none, 1, "run");
  EXPECT_EQ(findings_.exit_code(), 3);
  EXPECT_EQ(findings_.text(), "FAULT  no folder of crop stores " + (folder_ / "none").string() +
                                  ": run `unmask prepare` to make it, or correct data.stores");
}

TEST_F(ConfigCheckTest, OneClassIsWarnedOf) {
  write_tiny_store(folder_ / "stores/base/val.crops", Split::kVal, 1, 100);
  check(config());
  EXPECT_TRUE(found("WARN   dataset base, split val: all crops are real: no AUC can be had of it")) << findings_.text();
}

TEST_F(ConfigCheckTest, TrialsThatCantStartAreCountedByReason) {
  const RunConfig sweep = config(
      "[sweep]\nsampler = \"grid\"\n[sweep.space]\n\"data.train\" = { choice = [[\"base\"], [\"base\", \"wild\"]] }\n");
  const ConfigCheck checked = check(sweep);
  EXPECT_EQ(findings_.exit_code(), 3);
  EXPECT_TRUE(found("1 of 2 trials can't start (trial 1): ")) << findings_.text();
  EXPECT_TRUE(says(checked, "2, sampler grid, mode elastic")) << checked.text;
}

TEST_F(ConfigCheckTest, RanksThatHelpNobodyAreWarnedOf) {
  check(config(), 9);
  EXPECT_TRUE(found("WARN   5 of 9 ranks will be idle: one trial at a time uses 4")) << findings_.text();
  check(config("[sweep]\ntrials = 2\nmode = \"concurrent\"\ngroup_size = 8\n[sweep.space]\n"
               "\"model.dropout\" = { uniform = [0, 0.5] }\n"),
        9);
  EXPECT_TRUE(found("WARN   sweep.group_size = 8: no trial has more than 4 microbatches a step")) << findings_.text();
}

TEST_F(ConfigCheckTest, WeightsMustBeAResNet18) {
  RunConfig missing = config();
  missing.trial.model.init = (folder_ / "none.safetensors").string();
  check(missing);
  EXPECT_EQ(findings_.exit_code(), 2);
  EXPECT_TRUE(found("none.safetensors: does not exist")) << findings_.text();
  RunConfig other = config();
  other.trial.model.init = write_text(folder_ / "text.safetensors", "no tensors");
  check(other);
  EXPECT_EQ(findings_.exit_code(), 3);
  EXPECT_TRUE(found("text.safetensors")) << findings_.text();
}

TEST_F(ConfigCheckTest, AConfigIsComparedWithTheRunThatIsThere) {
  RunConfig recorded = config("", {"train.precision=\"auto\""});
  resolve_arithmetic(recorded);
  recorded.content = content_digests(recorded);
  recorded.content[kNumerics] = run_numerics(recorded, 0);
  fs::create_directory(folder_ / "run");
  write_text(folder_ / "run/config.toml", resolved_toml(recorded));
  check(config("", {"train.precision=\"auto\""}), 1, "run");
  EXPECT_EQ(findings_.text(), "");
  check(config("", {"train.precision=\"auto\"", "train.epochs=3"}), 1, "run");
  EXPECT_EQ(findings_.exit_code(), 2);
  EXPECT_TRUE(
      found("run: holds a run of another experiment:\n         train.epochs: the run has 2, the config has 3\n"
            "         choose another --run folder, or set these back"))
      << findings_.text();
  check(config(kTinySweep), 1, "run");
  EXPECT_TRUE(found("holds a run of `unmask train`, the config is one of `unmask sweep`")) << findings_.text();
  write_text(folder_ / "run/config.toml", "seed = \n");
  check(config(), 1, "run");
  EXPECT_EQ(findings_.exit_code(), 3);
  EXPECT_TRUE(found("the run's recorded config is damaged: ")) << findings_.text();
}

// What "auto" became when the run was made is no difference, whatever this machine would choose.
TEST_F(ConfigCheckTest, AutoIsWhatTheRunMadeOfIt) {
  RunConfig recorded = config("", {"train.precision=\"auto\"", "runtime.numerics=\"any\""});
  resolve_arithmetic(recorded);
  using enum TrainPrecision;
  recorded.trial.train.precision = recorded.trial.train.precision == kBf16 ? kFp32 : kBf16;
  recorded.content = content_digests(recorded);
  fs::create_directory(folder_ / "run");
  write_text(folder_ / "run/config.toml", resolved_toml(recorded));
  check(config("", {"train.precision=\"auto\"", "runtime.numerics=\"any\""}), 1, "run");
  EXPECT_FALSE(found("another experiment")) << findings_.text();
}

}  // namespace
}  // namespace unmask
