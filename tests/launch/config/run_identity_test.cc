#include "launch/config/run_identity.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/launch/config/config_texts.h"

namespace unmask {
namespace {

TEST(RunIdentityTest, OnlyTheExperimentIsIdentity) {
  const RunConfig config = read(kSmall);
  for (const char* free :
       {"runtime.checkpoint_every_s=1", "runtime.device=\"cpu\"", "runtime.lock_lease_s=3", "runtime.max_attempts=9",
        "runtime.report_every_s=0", "runtime.overlap=\"off\"", "data.stores=\"elsewhere\""}) {
    EXPECT_TRUE(identity_difference(config, read(kSmall, {free})).empty()) << free;
  }
  for (const char* fixed : {"seed=4", "train.epochs=15", "augment.flip=0.25", "train.threads_per_rank=2",
                            "train.precision=\"bf16\"", "data.val=[\"base\", \"augment\"]"}) {
    EXPECT_EQ(identity_difference(config, read(kSmall, {fixed})).size(), 1u) << fixed;
  }
  EXPECT_EQ(identity_difference(config, read(kSmall, {"train.epochs=15"})).at(0),
            "train.epochs: the run has 12, the config has 15");
  RunConfig other = config;
  other.content["stores.base.train"] = "ff";
  EXPECT_EQ(identity_difference(config, other).at(0),
            "content.stores.base.train: the run has nothing, the config has ff");
  // A weights file is known by its content, not by its path.
  RunConfig weights = config, moved = config;
  weights.trial.model.init = "a.safetensors";
  moved.trial.model.init = "b/a.safetensors";
  weights.content["weights"] = moved.content["weights"] = "12";
  EXPECT_TRUE(identity_difference(weights, moved).empty());
  moved.content["weights"] = "13";
  EXPECT_EQ(identity_difference(weights, moved).size(), 1u);
  EXPECT_FALSE(identity_difference(config, weights).empty());
}

/// Another value of the same type.
struct ChangeValue {
  void operator()(bool* value) const { *value = !*value; }
  void operator()(std::string* value) const { *value += "x"; }
  void operator()(std::vector<std::string>* value) const { value->emplace_back("x"); }
  void operator()(const WordField& field) const {
    const std::string now = field.get();
    field.set(*std::ranges::find_if(field.words, [&](const std::string& word) { return word != now; }));
  }
  void operator()(const CountField& field) const { *field.count = 3; }
  void operator()(std::map<std::string, double>* value) const { (*value)["x"] = 1; }
  template <typename Number>
  void operator()(Number* value) const {
    *value += 1;
  }
};

// The identity is part of every checkpoint: a key of the table that it forgot would let a foreign one in.
TEST(RunIdentityTest, EveryKeyOfTheTableIsIdentityUnlessItsRoleSaysOtherwise) {
  const RunConfig config = read(kSmall);
  RunConfig changed = config;
  int free = 0;
  for (const ConfigKey& key : run_config_keys(changed)) {
    std::visit(ChangeValue(), key.value);
    const bool is_identity = key.role == KeyRole::kIdentity || key.role == KeyRole::kAddition ||
                             key.name == "model.init";  // "random" and a file's content
    EXPECT_EQ(identity_text(changed) != identity_text(config), is_identity) << key.name;
    free += is_identity ? 0 : 1;
    changed = config;  // in place: the keys stay bound
  }
  EXPECT_GT(free, 8);
}

// Checkpoints and recorded configs of before these keys go on.
TEST(RunIdentityTest, AnAdditionIsUnnamedWhileItHasItsDefault) {
  RunConfig config = read(kSmall);
  int additions = 0;
  for (const ConfigKey& key : run_config_keys(config)) {
    if (key.role != KeyRole::kAddition) continue;
    ++additions;
    EXPECT_EQ(identity_text(config).find(key.name + " = "), std::string::npos) << key.name;
  }
  EXPECT_GE(additions, 18);
  const RunConfig blocks = read(kSmall, {"data.shuffle=\"blocks\"", "data.mix={ base = 2 }"});
  EXPECT_NE(identity_text(blocks).find("data.shuffle = \"blocks\"\n"), std::string::npos);
  EXPECT_EQ(identity_difference(config, blocks),
            (std::vector<std::string>{"data.mix: the run has {}, the config has { \"base\" = 2.0 }",
                                      "data.shuffle: the run has \"full\", the config has \"blocks\""}));
}

TEST(RunIdentityTest, WhatARunIsCalledIsFree) {
  EXPECT_EQ(identity_difference(read(kSmall), read(kSmall, {"name=\"b\"", "tags=[\"c\"]", "notes=\"d\""})),
            std::vector<std::string>());
}

TEST(RunIdentityTest, SweepModeAndGroupSizeAreFree) {
  const std::string text =
      std::string(kSmall) +
      "[sweep]\ntrials = 8\n[sweep.space]\n\"model.head\" = { choice = [\"linear\", \"hidden\"] }\n";
  const RunConfig config = read(text, {}, ConfigFor::kSweep);
  EXPECT_TRUE(
      identity_difference(config, read(text, {"sweep.mode=\"sequential\"", "sweep.group_size=2", "sweep.keep_best=3"},
                                       ConfigFor::kSweep))
          .empty());
  EXPECT_EQ(identity_difference(config, read(text, {"sweep.stop=\"median\""}, ConfigFor::kSweep)).size(), 1u);
}

TEST(RunIdentityTest, WhatMayGrowIsNoIdentity) {
  const RunConfig random = read_sweep(kSpace);
  for (const char* free : {"sweep.trials=16", "sweep.repeats=3", "sweep.keep_best=2", "sweep.mode=\"concurrent\""}) {
    EXPECT_TRUE(identity_difference(random, read_sweep(kSpace, {free})).empty()) << free;
  }
  for (const char* fixed :
       {"sweep.cohort=8", "sweep.objective=\"worst\"", "sweep.stop=\"median\"", "sweep.select_on_targets=false",
        "sweep.rungs=1", "sweep.keep=0.5", "sweep.space.train.global_batch_size={ choice = [16] }",
        "sweep.space.train.epochs={ integer = [10, 30] }"}) {
    EXPECT_EQ(identity_difference(random, read_sweep(kSpace, {fixed})).size(), 1u) << fixed;
  }
  const std::string grid = "[sweep]\n[sweep.space]\n\"model.head\" = { choice = [\"linear\"] }\n";
  EXPECT_TRUE(identity_difference(read_sweep(grid),
                                  read_sweep(grid, {"sweep.space.model.head={ grid = [\"linear\", \"hidden\"] }"}))
                  .empty());
  EXPECT_EQ(identity_difference(read_sweep(grid), read_sweep(grid, {"sweep.trials=1"})).size(), 2u);  // grid to random
  EXPECT_EQ(
      identity_difference(read_sweep(grid), read_sweep(grid, {"sweep.space.train.epochs={ grid = [1, 2] }"})),
      (std::vector<std::string>{"sweep.space.train.epochs: the run has nothing, the config has { choice = [1, 2] }"}));
}

}  // namespace
}  // namespace unmask
