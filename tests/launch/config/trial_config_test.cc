#include "launch/config/trial_config.h"

#include <map>

#include <gtest/gtest.h>

#include "launch/config/run_config_file.h"
#include "launch/config/run_identity.h"
#include "tests/launch/config/config_texts.h"

namespace unmask {
namespace {

TEST(TrialConfigTest, IsWhatTrainWouldTake) {
  RunConfig sweep = read_sweep(kSpace);
  sweep.content = {
      {"stores.base.train", "1"}, {"stores.augment.train", "2"}, {"stores.base.val", "3"}, {"numerics", "4"}};
  const SweepPlan plan = plan_sweep(*sweep.sweep, sweep.trial.seed, {});
  ASSERT_EQ(plan.trials.size(), 8u);
  for (const PlannedTrial& trial : plan.trials) {
    const RunConfig config = trial_config(sweep, trial);
    EXPECT_FALSE(config.sweep.has_value());
    const RunConfig again = read(resolved_toml(config));
    EXPECT_EQ(resolved_toml(again), resolved_toml(config));
    EXPECT_EQ(identity_text(again), identity_text(config));
    RunConfig bound = config;
    for (const auto& [name, value] : trial.point) {
      for (const ConfigKey& key : run_config_keys(bound)) {
        if (key.name == name) {
          EXPECT_EQ(value_toml(key), value) << name;
        }
      }
    }
  }
  PlannedTrial trial;
  trial.id = 7;
  trial.repeat = 2;
  trial.point = {{"data.train", "[\"augment\"]"}, {"train.epochs", "15"}};
  const RunConfig config = trial_config(sweep, trial);
  EXPECT_EQ(config.trial.seed, 5u);
  EXPECT_EQ(config.trial.train.epochs, 15);
  EXPECT_EQ(config.trial.data.train, std::vector<std::string>{"augment"});
  EXPECT_EQ(config.content, (std::map<std::string, std::string>{
                                {"stores.augment.train", "2"}, {"stores.base.val", "3"}, {"numerics", "4"}}));
}

TEST(TrialConfigTest, OldStoresAreOfThoseTrialsThatDrawFromThem) {
  RunConfig sweep = read(kTwoSets, {"model.init=\"old.safetensors\"", "data.train=[\"augment\"]"});
  sweep.sweep.emplace();
  sweep.trial.data.replay_from = {"base"};
  sweep.content = {{"stores.base.train", "1"}, {"stores.augment.train", "2"}};
  const auto with = [&](const char* share) {
    PlannedTrial trial;
    trial.point = {{"data.replay", share}};
    return trial_config(sweep, trial);
  };
  EXPECT_EQ(with("0.2").content, sweep.content);
  EXPECT_EQ(with("0.2").trial.data.replay_from, std::vector<std::string>{"base"});
  EXPECT_EQ(with("0").content, (std::map<std::string, std::string>{{"stores.augment.train", "2"}}));
  EXPECT_TRUE(with("0").trial.data.replay_from.empty());
  EXPECT_EQ(identity_text(with("0")).find("data.replay"), std::string::npos) << "as before there was such a key";
}

TEST(TrialConfigTest, FaultsNameTrialAndKey) {
  const RunConfig sweep = read_sweep(kSpace);
  const auto fault_of = [&](const SpacePoint& point) {
    PlannedTrial trial;
    trial.id = 7;
    trial.point = point;
    try {
      trial_config(sweep, trial);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(fault_of({{"train.epochs", "\"x\""}}), "trial 7: train.epochs: wanted an integer, got \"x\"");
  EXPECT_EQ(fault_of({{"train.epoch", "1"}}), "trial 7: train.epoch: wanted a key of the config, got 1");
  EXPECT_EQ(fault_of({{"train.epochs", "= ["}}), "trial 7: train.epochs: wanted a TOML value, got = [");
  EXPECT_TRUE(has(fault_of({{"train.epochs", "0"}}), "trial 7 (train.epochs = 0): train.epochs must be >= 1"));
  // Values that fit alone and not together.
  EXPECT_TRUE(has(fault_of({{"augment.scale_min", "1.5"}}), "trial 7 (augment.scale_min = 1.5): augment.scale"));
}

TEST(TrialConfigTest, TheBriefIsWhatTheCoordinatorMustKnow) {
  RunConfig sweep = read_sweep(kSpace, {"data.test=[\"wild\"]", "train.microbatch_size=12"});
  sweep.content = {{"weights", "00ff"}};
  PlannedTrial planned;
  planned.repeat = 2;
  planned.point = {{"data.train", "[\"augment\"]"},
                   {"train.epochs", "15"},
                   {"train.global_batch_size", "32"},
                   {"optimizer.schedule", "\"one_cycle\""},
                   {"optimizer.pct_start", "0.25"}};
  const RunConfig config = trial_config(sweep, planned);
  const TrialBrief brief = trial_brief(sweep, config);
  EXPECT_EQ(brief.seed, 5u);
  EXPECT_EQ(brief.init, "weights:00ff");
  EXPECT_EQ(brief.train, std::vector<std::string>{"augment"});
  EXPECT_EQ(brief.val, (std::vector<std::string>{"base", "augment"}));
  EXPECT_EQ(brief.epochs, 15);
  EXPECT_EQ(brief.microbatches, 3);  // 12, 12, 8
  EXPECT_EQ(brief.peak_fraction, 0.25);
  // The trial's group reads the brief; only the chosen trials are scored on data.test, later.
  EXPECT_TRUE(read_resolved_config(brief.config).trial.data.test.empty());
  EXPECT_EQ(config.trial.data.test, std::vector<std::string>{"wild"});

  planned.point.back().second = "0.5";
  EXPECT_NE(trial_brief(sweep, trial_config(sweep, planned)).config_digest, brief.config_digest);
  sweep.trial.runtime.timeout_s = 17;  // no part of the experiment
  planned.point.back().second = "0.25";
  EXPECT_EQ(trial_brief(sweep, trial_config(sweep, planned)).config_digest, brief.config_digest);

  const RunConfig alone = read(kSmall, {"data.test=[\"wild\"]", "optimizer.schedule=\"constant\""});
  const TrialBrief train = trial_brief(alone, trial_config(alone, {}));
  EXPECT_EQ(read_resolved_config(train.config).trial.data.test, std::vector<std::string>{"wild"});
  EXPECT_EQ(train.init, "random");
  EXPECT_EQ(train.peak_fraction, 0);
}

}  // namespace
}  // namespace unmask
