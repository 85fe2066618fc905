#include "launch/config/run_config.h"

#include <map>

#include <gtest/gtest.h>

#include "sweep/plan/sweep_plan.h"
#include "tests/launch/config/config_texts.h"
#include "tests/launch/config/word_keys.h"

namespace unmask {
namespace {

TEST(RunConfigTest, DefaultsAreThePublishedOnes) {
  const RunConfig config = read(kSmall);
  EXPECT_EQ(config.trial.seed, 3u);
  EXPECT_EQ(config.trial.data.val, std::vector<std::string>{"base"});  // as trained on
  EXPECT_EQ(config.trial.train.microbatch_size, 32);
  EXPECT_EQ(config.trial.augment.degrees, 40);
  EXPECT_EQ(config.trial.model.dropout, 0.75);
  EXPECT_FALSE(config.sweep.has_value());
}

TEST(RunConfigTest, EveryKeyOfWordsTakesTheseAndRefusesOthers) {
  const std::map<std::string, std::vector<std::string>> wanted = {
      {"data.balance", {"none", "class_weights", "sampler"}},
      {"data.sample_ratio_by", {"frames", "videos"}},
      {"data.shuffle", {"full", "blocks"}},
      {"model.head", {"linear", "hidden"}},
      {"train.precision", {"auto", "bf16", "fp16", "fp32"}},
      {"train.bf16_arithmetic", {"auto", "native", "f32"}},
      {"train.reduction", {"fixed_point", "float"}},
      {"optimizer.schedule", {"one_cycle", "constant"}},
      {"runtime.device", {"auto", "cpu", "cuda"}},
      {"runtime.numerics", {"same", "any"}},
      {"runtime.overlap", {"auto", "on", "off"}},
      {"sweep.mode", {"sequential", "concurrent", "elastic"}},
      {"sweep.sampler", {"auto", "grid", "random", "tpe"}},
      {"sweep.stop", {"none", "median", "halving"}},
  };
  RunConfig config;
  config.sweep.emplace();
  expect_words(
      run_config_keys(config), wanted,
      [](const std::string& line) {
        return fault("data.stores = \"stores\"\ndata.train = [\"base\"]\nmodel.init = \"random\"\n" + line + "\n", {},
                     ConfigFor::kEither);
      },
      "a.toml:4");
}

TEST(RunConfigTest, ASingleValueIsSetAndWritten) {
  RunConfig config = read(kTwoSets);
  std::string written;
  const auto set = [&](const std::string& key, const std::string& toml) {
    return set_value(config, key, *parse_value(key, toml, ""), &written).value_or("");
  };
  EXPECT_EQ(set("train.epochs", "0x0A"), "");
  EXPECT_EQ(config.trial.train.epochs, 10);
  EXPECT_EQ(written, "10");
  EXPECT_EQ(set("data.train", "\"both\""), "");  // a text for a list of one, and the alias of two
  EXPECT_EQ(config.trial.data.train, (std::vector<std::string>{"base", "augment"}));
  EXPECT_EQ(written, "[\"base\", \"augment\"]");
  EXPECT_EQ(set("train.epochs", "\"ten\""), "wanted an integer, got \"ten\"");
  EXPECT_EQ(set("train.epoch", "1"), "wanted a key of the config, got 1");
  EXPECT_EQ(config.trial.train.epochs, 10);
}

TEST(RunConfigTest, ValuesThatDontFitTogetherAreNamed) {
  RunConfig config = read(kTwoSets);
  EXPECT_TRUE(validate(config).empty());
  config.trial.data.train = {"wild"};
  config.restart = {0.5, 0};
  config.report_every_s = 0.5;
  EXPECT_EQ(validate(config),
            (std::vector<std::string>{
                "runtime.lock_lease_s must be in [1, 3600], got 0.5", "runtime.max_attempts must be >= 1, got 0",
                "runtime.report_every_s must be 0 or in [1, 86400], got 0.5",
                "data.val holds no dataset of data.train: there is nothing to choose the best epoch by"}));
  config = read_sweep("[sweep]\ntrials = 2\n[sweep.space]\n\"model.dropout\" = { uniform = [0, 0.5] }\n");
  config.trial.seed = 9223372036854775807u;
  EXPECT_EQ(validate(config), std::vector<std::string>{"sweep.repeats must leave seed + repeats below 2^63, got seed "
                                                       "9223372036854775807"});
}

TEST(RunConfigTest, BothStandsForTwoDatasetsOnce) {
  std::vector<std::string> datasets = {"augment", "both", "wild", "base"};
  expand_both(datasets);
  EXPECT_EQ(datasets, (std::vector<std::string>{"augment", "base", "wild"}));
}

TEST(RunConfigTest, TrainSetsAreWhatTheSpaceMayChoose) {
  using Sets = std::vector<std::vector<std::string>>;
  EXPECT_EQ(train_sets(read(kTwoSets)), Sets{{"base"}});
  const std::string sweep = "[sweep]\ntrials = 2\n[sweep.space]\n";
  EXPECT_EQ(train_sets(read_sweep(sweep + "\"data.train\" = { choice = [\"both\", \"augment\"] }\n")),
            (Sets{{"base", "augment"}, {"augment"}}));
  // Where it isn't always varied, the config's own counts too.
  EXPECT_EQ(train_sets(read_sweep(sweep + "\"model.head\" = { choice = [\"linear\", \"hidden\"] }\n"
                                          "\"data.train\" = { choice = [\"augment\"], "
                                          "when = { \"model.head\" = \"hidden\" } }\n")),
            (Sets{{"augment"}, {"base"}}));
}

TEST(RunConfigTest, TrainIsASweepOfOneTrialOnAllRanks) {
  const SweepOptions one = sweep_options(read(kSmall));
  EXPECT_EQ(one.mode, SweepMode::kSequential);
  EXPECT_EQ(plan_sweep(one, 3, {}).trials.size(), 1u);
  EXPECT_EQ(sweep_options(read_sweep(kSpace)).trials, 8);
}

}  // namespace
}  // namespace unmask
