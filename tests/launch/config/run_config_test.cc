#include "launch/config/run_config.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/prepare_config.h"
#include "launch/config/space_config.h"
#include "tests/launch/config/word_keys.h"

namespace unmask {
namespace {

constexpr char kSmall[] = R"(seed = 3
[data]
stores = "stores"
train = ["base"]
[model]
init = "random"
)";

RunConfig read(const std::string& text, const std::vector<std::string>& overrides = {},
               ConfigFor what = ConfigFor::kTrain) {
  return read_run_config(text, "a.toml", overrides, what);
}

std::string fault(const std::string& text, const std::vector<std::string>& overrides = {},
                  ConfigFor what = ConfigFor::kTrain) {
  try {
    read(text, overrides, what);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(RunConfigTest, DefaultsAreThePublishedOnes) {
  const RunConfig config = read(kSmall);
  EXPECT_EQ(config.trial.seed, 3u);
  EXPECT_EQ(config.trial.data.val, std::vector<std::string>{"base"});  // as trained on
  EXPECT_EQ(config.trial.train.microbatch_size, 32);
  EXPECT_EQ(config.trial.augment.degrees, 40);
  EXPECT_EQ(config.trial.model.dropout, 0.75);
  EXPECT_FALSE(config.sweep.has_value());
}

struct Case {
  std::string text, wanted;  // appended to kSmall; all parts between | must be in the fault
};

TEST(RunConfigTest, EachFaultHasPlaceAndReason) {
  const std::vector<Case> cases = {
      {"[train]\nepoch = 3\n", "a.toml:8: train.epoch: unknown key|did you mean train.epochs?"},
      {"[train]\nepochs = \"3\"\n", "a.toml:8: train.epochs: wanted an integer, got \"3\""},
      {"[train]\nepochs = 2.5\n", "a.toml:8: train.epochs: wanted an integer, got 2.5"},
      {"[train]\nepochs = 0\n", "a.toml:8: train.epochs|0"},
      {"[train]\nepochs = 99999999999\n", "a.toml:8: train.epochs: wanted an integer between"},
      {"[train]\nglobal_batch_size = 16\nmicrobatch_size = 1\n", "a.toml:9: train.microbatch_size"},
      {"[train]\nprecision = \"fp8\"\n", "a.toml:8: train.precision|fp8"},
      {"[train]\nreproducible = 1\n", "a.toml:8: train.reproducible: wanted true or false, got 1"},
      {"[optimizer]\nmax_lr = nan\n", "a.toml:8: optimizer.max_lr: wanted a finite number"},
      {"[optimizer]\nmax_lr = [1]\n", "a.toml:8: optimizer.max_lr: wanted a number"},
      {"[optimizer]\npct_start = 1.5\n", "a.toml:8: optimizer.pct_start|1.5"},
      {"[optimizer]\nschedule = \"cosine\"\n", "a.toml:8: optimizer.schedule|cosine"},
      {"[optimizer]\nschedule = \"one_cylce\"\n", "got \"one_cylce\"; did you mean \"one_cycle\"?"},
      {"[augment]\nflip = 1.5\n", "a.toml:8: augment.flip|1.5"},
      {"[runtime]\ndevice = \"tpu\"\n", "a.toml:8: runtime.device|tpu"},
      {"[runtime]\nlock_lease_s = 0\n", "a.toml:8: runtime.lock_lease_s must be in [1, 3600]"},
      {"[trian]\nepochs = 3\n", "a.toml:8: trian.epochs: unknown key|did you mean train.epochs?"},
      {"[trian]\n", "a.toml:7: trian: unknown key"},
      {"epochs = 3\n", "a.toml:7: model.epochs: unknown key|train.epochs"},
      {"[train]\nepochs = 1979-05-27\n", "a.toml:8: train.epochs: wanted an integer|1979-05-27"},
      {"[train]\nepochs = 3\nepochs = 4\n", "a.toml:9: not TOML"},
      {"[train]\nepochs = \n", "a.toml:8: not TOML"},
      {"[sweep]\nmode = \"elastic\"\n", "[sweep]|unmask sweep"},
      {"[data.stores]\nx = 1\n", "a.toml:7: not TOML"},
  };
  for (const Case& each : cases) {
    const std::string text = fault(kSmall + each.text);
    std::size_t begin = 0;
    while (begin <= each.wanted.size()) {
      const std::size_t end = std::min(each.wanted.find('|', begin), each.wanted.size());
      EXPECT_TRUE(has(text, each.wanted.substr(begin, end - begin)))
          << each.text << "wanted " << each.wanted << "\ngot " << text;
      begin = end + 1;
    }
  }
}

TEST(RunConfigTest, EveryKeyOfWordsTakesTheseAndRefusesOthers) {
  const std::map<std::string, std::vector<std::string>> wanted = {
      {"data.balance", {"none", "class_weights"}},
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

TEST(RunConfigTest, AllFaultsComeAtOnce) {
  const std::string text = fault(
      "sede = 1\n[data]\ntrain = \"base\"\n[train]\nepochs = 0\nprecision = 3\n[optimizer]\nmax_lr = "
      "-1\n[augment]\nflipp = 1\n",
      {"train.select=\"f1\"", "model.head=hidden", "nothing", "train.nothing=1"});
  for (const char* part :
       {"a.toml:1: sede: unknown key; did you mean seed?", "a.toml:3: data.train: wanted a list of texts",
        "a.toml:5: train.epochs", "a.toml:6: train.precision: wanted text in quotes, got 3",
        "a.toml:8: optimizer.max_lr", "a.toml:10: augment.flipp: unknown key; did you mean augment.flip?",
        "a.toml: data.stores: is missing", "a.toml: model.init: is missing", "--set: train.select",
        "--set model.head=hidden: not a TOML value; text needs quotes", "--set nothing: wanted key=value",
        "--set: train.nothing: unknown key"}) {
    EXPECT_TRUE(has(text, part)) << "wanted " << part << "\ngot " << text;
  }
  EXPECT_FALSE(has(text, "data.train must")) << "told twice: " << text;
}

TEST(RunConfigTest, SyntaxFaultsDoNotHideOthers) {
  const std::string text = fault(std::string(kSmall) + "[train]\nepochs = \nepoch = 3\nselect = \"f1\"\n= 3\n");
  EXPECT_TRUE(has(text, "a.toml:8: not TOML")) << text;
  EXPECT_TRUE(has(text, "a.toml:9: train.epoch: unknown key")) << text;
  EXPECT_TRUE(has(text, "a.toml:11: not TOML")) << text;
}

TEST(RunConfigTest, OverridesAreTomlValues) {
  const RunConfig config = read(kSmall, {"train.epochs=2", "model.head=\"hidden\"", "data.val=[\"base\", \"augment\"]",
                                         "optimizer.max_lr=1e-3", "train.epochs=5"});
  EXPECT_EQ(config.trial.train.epochs, 5);
  EXPECT_EQ(config.trial.model.head, Head::kHidden);
  EXPECT_EQ(config.trial.data.val.size(), 2u);
  EXPECT_EQ(config.trial.optimizer.max_lr, 1e-3);
  EXPECT_TRUE(has(fault(kSmall, {"train.epochs=2\n[data]\nstores=\"other\""}), "--set"));
}

TEST(RunConfigTest, BothIsAnAliasOfTwo) {
  const RunConfig config = read(kSmall, {"data.train=[\"both\"]"});
  EXPECT_EQ(config.trial.data.train, (std::vector<std::string>{"base", "augment"}));
  EXPECT_EQ(config.trial.data.val, config.trial.data.train);
  EXPECT_TRUE(has(fault(kSmall, {"data.val=[\"augment\"]"}), "data.val holds no dataset of data.train"));
}

TEST(RunConfigTest, VariablesInPathsAreExpanded) {
  ::setenv("UNMASK_TEST_STORES", "/somewhere", 1);
  EXPECT_EQ(read(kSmall, {"data.stores=\"${UNMASK_TEST_STORES}/stores\""}).trial.data.stores, "/somewhere/stores");
  EXPECT_TRUE(has(fault(kSmall, {"data.stores=\"${UNMASK_TEST_MISSING}/x\""}), "${UNMASK_TEST_MISSING} is not set"));
  EXPECT_TRUE(has(fault(kSmall, {"data.stores=\"${OPEN\""}), "${ without }"));
  EXPECT_EQ(read(kSmall, {"notes=\"${HOME}\""}).notes, "${HOME}");  // no path
}

TEST(RunConfigTest, ResolvedTextGivesTheSameConfig) {
  RunConfig config =
      read(kSmall, {"notes=\"a \\\"b\\\" \\\\ \\n\\t \\u0001 gr\u00fc\u00df\"", "optimizer.max_lr=0.1",
                    "optimizer.weight_decay=1", "tags=[\"x\", \"y z\"]", "augment.degrees=12.345678901234567"});
  config.content["stores.base.train"] = "00ff";
  const std::string text = resolved_toml(config);
  const RunConfig again = read_run_config(text, "config.toml", {}, ConfigFor::kTrain);
  EXPECT_EQ(resolved_toml(again), text);
  EXPECT_EQ(identity_text(again), identity_text(config));
  EXPECT_EQ(again.notes, config.notes);
  EXPECT_EQ(again.content, config.content);
  EXPECT_EQ(again.trial.augment.degrees, 12.345678901234567);
  RunConfig bound = again;
  for (const ConfigKey& key : run_config_keys(bound)) {  // every default is written out
    EXPECT_TRUE(has(text, key.name.substr(key.name.rfind('.') + 1) + " = ")) << key.name;
  }
}

TEST(RunConfigTest, SweepKeepsItsSpace) {
  const std::string text =
      std::string(kSmall) +
      "[sweep]\nmode = \"elastic\"\ntrials = 8\n[sweep.space]\n\"optimizer.max_lr\" = { log_uniform = [1e-5, "
      "1e-3] }\n\"model.head\" = { choice = [\"linear\", \"hidden\"] }\n";
  const RunConfig config = read(text, {}, ConfigFor::kSweep);
  ASSERT_EQ(config.sweep->space.size(), 2u);
  EXPECT_EQ(config.sweep->space[0].key, "optimizer.max_lr");
  const RunConfig again = read(resolved_toml(config), {}, ConfigFor::kSweep);
  EXPECT_EQ(again.sweep->space, config.sweep->space);
  EXPECT_EQ(again.sweep->trials, 8);
  EXPECT_TRUE(
      has(fault(text + "\"model.haed\" = { choice = [1] }\n", {}, ConfigFor::kSweep), "did you mean model.head?"));
  EXPECT_TRUE(
      has(fault(text + "\"model.dropout\" = 3\n", {}, ConfigFor::kSweep), "sweep.space.model.dropout: wanted a range"));
}

TEST(RunConfigTest, OnlyTheExperimentIsIdentity) {
  const RunConfig config = read(kSmall);
  for (const char* free : {"runtime.checkpoint_every_s=1", "runtime.device=\"cpu\"", "runtime.lock_lease_s=3",
                           "runtime.max_attempts=9", "runtime.overlap=\"off\"", "data.stores=\"elsewhere\""}) {
    EXPECT_TRUE(identity_difference(config, read(kSmall, {free})).empty()) << free;
  }
  for (const char* fixed : {"seed=4", "train.epochs=15", "augment.flip=0.25", "train.threads_per_rank=2",
                            "train.precision=\"bf16\"", "data.val=[\"base\", \"augment\"]", "name=\"x\""}) {
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
  template <typename Number>
  void operator()(Number* value) const {
    *value += 1;
  }
};

// The identity is part of every checkpoint: a key of the table that it forgot would let a foreign one in.
TEST(RunConfigTest, EveryKeyOfTheTableIsIdentityUnlessItsRoleSaysOtherwise) {
  const RunConfig config = read(kSmall);
  RunConfig changed = config;
  int free = 0;
  for (const ConfigKey& key : run_config_keys(changed)) {
    std::visit(ChangeValue(), key.value);
    const bool is_identity =
        key.role == KeyRole::kIdentity || key.name == "model.init";  // "random" and a file's content
    EXPECT_EQ(identity_text(changed) != identity_text(config), is_identity) << key.name;
    free += is_identity ? 0 : 1;
    changed = config;  // in place: the keys stay bound
  }
  EXPECT_GT(free, 5);
}

TEST(RunConfigTest, SweepModeAndGroupSizeAreFree) {
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

// Everything that a space may say.
constexpr char kSpace[] = R"([sweep]
sampler = "random"
trials = 8
cohort = 4
rungs = 3
keep = 0.25
select_on_targets = true
[sweep.space]
"optimizer.pct_start" = { uniform = [0.3, 0.5], when = { "optimizer.schedule" = "one_cycle" } }
optimizer.max_lr = { log_uniform = [1e-5, 1e-3] }
"optimizer.schedule" = { choice = ["one_cycle", "constant"] }
"train.epochs" = { integer = [0x0A, 20] }
"train.global_batch_size" = { grid = [16, 3_2] }
"model.dropout" = { choice = [0, 0.5], when = { model.head = ["hidden"] } }
"data.train" = { choice = ["base", ["augment"], "both"] }
"augment.enabled" = { choice = [true, false], when = { "data.train" = ["base", "both"] } }
[sweep.space.model]
head = { choice = ["linear", "hidden"] }
)";
constexpr char kTwoSets[] = R"(seed = 3
[data]
stores = "stores"
train = ["base"]
val = ["both"]
[model]
init = "random"
)";

RunConfig read_sweep(const std::string& space, const std::vector<std::string>& overrides = {}) {
  return read(kTwoSets + space, overrides, ConfigFor::kSweep);
}

TEST(SpaceConfigTest, IsReadAndWrittenBack) {
  const RunConfig config = read_sweep(kSpace);
  const std::vector<SpaceKey>& space = config.sweep->space;
  ASSERT_EQ(space.size(), 9u);
  using Kind = SpaceKey::Kind;
  using Texts = std::vector<std::string>;
  const SpaceKey start = {"optimizer.pct_start", Kind::kUniform, {}, 0.3, 0.5, "optimizer.schedule", {"\"one_cycle\""}};
  EXPECT_EQ(space[0], start);
  EXPECT_EQ(space[1].kind, Kind::kLogUniform);
  EXPECT_EQ(space[3].high, 20);
  EXPECT_EQ(space[4].choices, (Texts{"16", "32"}));
  EXPECT_EQ(space[5].choices, (Texts{"0.0", "0.5"}));
  EXPECT_EQ(space[5].when_key, "model.head");
  EXPECT_EQ(space[6].choices, (Texts{"[\"base\"]", "[\"augment\"]", "[\"base\", \"augment\"]"}));
  EXPECT_EQ(space[7].when_values, (Texts{"[\"base\"]", "[\"base\", \"augment\"]"}));
  EXPECT_EQ(space[8].key, "model.head");
  EXPECT_EQ(config.sweep->cohort, 4);
  EXPECT_EQ(config.sweep->keep, 0.25);
  EXPECT_TRUE(config.sweep->select_on_targets);

  const std::string text = resolved_toml(config);
  const RunConfig again = read_run_config(text, "config.toml", {}, ConfigFor::kSweep);
  EXPECT_EQ(again.sweep->space, space);
  EXPECT_EQ(resolved_toml(again), text);
  EXPECT_EQ(identity_text(again), identity_text(config));
  EXPECT_EQ(train_sets(config).size(), 3u);
  EXPECT_EQ(read_sweep(kSpace, {"sweep.space.train.global_batch_size={ choice = [16] }",
                                "sweep.space.model.dropout={ uniform = [0, 0.5] }"})
                .sweep->space.size(),
            9u);
}

TEST(SpaceConfigTest, EachFaultHasPlaceAndReason) {
  const std::vector<Case> cases = {
      {"\"model.haed\" = { choice = [1] }", "a.toml:11: sweep.space.model.haed: no such key; did you mean model.head?"},
      {"\"model.head\" = 3", "a.toml:11: sweep.space.model.head: wanted a range such as { choice = [1, 2] }, got 3"},
      {"\"model.head\" = { chioce = [\"linear\"] }", "got \"chioce\"; did you mean choice?"},
      {"\"model.head\" = { choice = [] }", "a.toml:11: sweep.space.model.head: wanted choice = [a value, ...], got []"},
      {"\"model.head\" = { choice = \"linear\" }", "wanted choice = [a value, ...], got \"linear\""},
      {"\"model.head\" = { choice = [\"linear\", 3] }",
       "a.toml:11: sweep.space.model.head: wanted text in quotes, got 3"},
      {"\"model.head\" = { choice = [\"linear\", \"deep\"] }",
       "sweep.space.model.head: wanted one of \"linear\", \"hidden\", got \"deep\""},
      {"\"model.head\" = { choice = [\"linear\", \"linear\"] }", "the choices hold \"linear\" twice"},
      {"\"model.head\" = { uniform = [0, 1] }", "a range needs a key of numbers"},
      {"\"model.head\" = { choice = [\"linear\"], grid = [\"hidden\"] }", "wanted one range"},
      {"\"model.head\" = { when = { seed = 3 } }", "wanted one range"},
      {"\"train.epochs\" = { uniform = [1, 3] }", "takes whole numbers: say integer = [low, high]"},
      {"\"train.epochs\" = { integer = [1, 2.5] }", "wanted integer = [low, high] of two integers, got [ 1, 2.5 ]"},
      {"\"train.epochs\" = { integer = [3, 1] }", "a.toml:11: sweep.space.train.epochs: a range's low end comes first"},
      {"\"train.epochs\" = { integer = [0, 3] }",
       "a.toml:11: sweep.space.train.epochs: with 0: train.epochs must be >= 1"},
      {"\"train.epochs\" = { choice = [1, 99999999999] }", "wanted an integer between"},
      {"\"optimizer.max_lr\" = { log_uniform = [0, 1] }",
       "a.toml:11: sweep.space.optimizer.max_lr: log_uniform needs ends above 0"},
      {"\"optimizer.max_lr\" = { uniform = [0, 1, 2] }",
       "wanted uniform = [low, high] of two numbers, got [ 0, 1, 2 ]"},
      {"\"optimizer.max_lr\" = { uniform = [\"a\", \"b\"] }", "of two numbers, got [\"a\", \"b\"]"},
      {"\"optimizer.max_lr\" = { uniform = [0, 11] }", "with 11: optimizer.max_lr must be in [0, 10], got 11"},
      {"\"optimizer.max_lr\" = { uniform = [0.0, inf] }", "wanted a finite number"},
      {"\"data.train\" = { choice = [\"wild\"] }", "data.val holds no dataset of data.train"},
      {"\"data.train\" = { choice = [[\"base\", 3]] }", "wanted a list of texts"},
      {"\"seed\" = { choice = [1, 2] }", "sweep.space.seed: can't vary: sweep.repeats varies the seed"},
      {"\"notes\" = { choice = [\"a\"] }", "can't vary: no result depends on it"},
      {"\"runtime.timeout_s\" = { choice = [1] }", "can't vary: no result depends on it"},
      {"\"sweep.trials\" = { choice = [1] }", "can't vary: a sweep's own options"},
      {"\"data.val\" = { choice = [\"base\"] }", "can't vary: trials are compared on the same datasets"},
      {"\"data.stores\" = { choice = [\"x\"] }", "can't vary: what a path leads to"},
      {"\"train.precision\" = { choice = [\"bf16\"] }", "can't vary: it belongs to the run's numerics class"},
      {"\"model.dropout\" = { choice = [0.5], when = { \"model.haed\" = \"hidden\" } }",
       "when: model.haed: no such key; did you mean model.head?"},
      {"\"model.dropout\" = { choice = [0.5], when = { \"model.head\" = 3 } }",
       "when: model.head: wanted text in quotes, got 3"},
      {"\"model.dropout\" = { choice = [0.5], when = 3 }", "wanted when = { \"<key>\" = <value> } with one key, got 3"},
      {"\"model.dropout\" = { choice = [0.5], when = { seed = 1, name = \"x\" } }", "with one key"},
      {"\"model.dropout\" = { choice = [0.5], when = { \"model.head\" = \"deep\" } }",
       "when: model.head: wanted one of \"linear\", \"hidden\", got \"deep\""},
      {"\"model.dropout\" = { choice = [0.5], when = { \"model.head\" = \"hidden\" } }\n\"model.head\" = { choice = "
       "[\"linear\"] }",
       "a.toml:11: sweep.space.model.dropout: when waits for model.head = \"hidden\", which is none of its choices"},
      {"\"model.dropout\" = { choice = [0.5], when = { \"model.head\" = \"linear\" } }\n"
       "\"model.head\" = { choice = [\"linear\"], when = { \"model.dropout\" = 0.5 } }",
       "a.toml:11: sweep.space.model.dropout: the conditions go in a circle|a.toml:12: sweep.space.model.head: the "
       "conditions"},
      {"\"model.dropout\" = { choice = [0.5] }\nmodel.dropout = { choice = [0.75] }", "the space has this key twice"},
      {"model = 3", "a.toml:11: sweep.space.model: no such key"},
  };
  for (const Case& each : cases) {
    const std::string text =
        fault(std::string(kTwoSets) + "[sweep]\ntrials = 2\n[sweep.space]\n" + each.text + "\n", {}, ConfigFor::kSweep);
    std::size_t begin = 0;
    while (begin <= each.wanted.size()) {
      const std::size_t end = std::min(each.wanted.find('|', begin), each.wanted.size());
      EXPECT_TRUE(has(text, each.wanted.substr(begin, end - begin)))
          << each.text << "\nwanted " << each.wanted << "\ngot " << text;
      begin = end + 1;
    }
  }
}

TEST(SpaceConfigTest, AllFaultsComeAtOnceAndOnce) {
  const std::string text = fault(std::string(kTwoSets) + R"([sweep]
trials = -1
stop = "soon"
objective = "val.other.video_auc"
[sweep.space]
"model.head" = { choice = ["deep"] }
"model.dropout" = { choice = [0.5], when = { "model.heads" = "hidden" } }
"train.epochs" = { integer = [5, 2] }
)",
                                 {}, ConfigFor::kSweep);
  EXPECT_TRUE(has(text, "6 faults in the config")) << text;
  for (const char* part : {"a.toml:9: sweep.trials must be >= 0", "a.toml:10: sweep.stop", "a.toml:11: sweep.objective",
                           "a.toml:13: sweep.space.model.head", "a.toml:14: sweep.space.model.dropout: when",
                           "a.toml:15: sweep.space.train.epochs"}) {
    EXPECT_TRUE(has(text, part)) << "wanted " << part << "\ngot " << text;
  }
}

TEST(SpaceConfigTest, AGridTakesChoicesOnly) {
  EXPECT_TRUE(has(fault(std::string(kTwoSets) + "[sweep]\n[sweep.space]\n\"optimizer.max_lr\" = { uniform = [0, 1] }\n",
                        {}, ConfigFor::kSweep),
                  "a.toml:10: sweep.space.optimizer.max_lr: a grid takes choices only"));
}

TEST(SpaceConfigTest, ConditionsOnFixedKeysAreSettled) {
  const std::string space = R"([sweep]
trials = 4
[sweep.space]
"train.epochs" = { choice = [1, 2], when = { "optimizer.pct_start" = 0.3 } }
"optimizer.pct_start" = { choice = [0.3, 0.4], when = { "optimizer.schedule" = "one_cycle" } }
"model.head" = { choice = ["linear", "hidden"] }
)";
  const RunConfig cycle = read_sweep(space), constant = read_sweep(space, {"optimizer.schedule=\"constant\""});
  ASSERT_EQ(cycle.sweep->space.size(), 3u);
  EXPECT_EQ(cycle.sweep->space[0].when_key, "optimizer.pct_start");
  EXPECT_EQ(cycle.sweep->space[1].when_key, "");
  ASSERT_EQ(constant.sweep->space.size(), 1u);  // and what waited for a key that is gone
  EXPECT_EQ(constant.sweep->space[0].key, "model.head");
}

TEST(SpaceConfigTest, WhatMayGrowIsNoIdentity) {
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
  EXPECT_EQ(identity_difference(read_sweep(grid), read_sweep(grid, {"sweep.space.train.epochs={ grid = [1] }"})).size(),
            1u);
}

// tpe learns from trials that can be compared; those on other datasets can't.
TEST(SpaceConfigTest, TpeAndVariedTrainingDataDontMix) {
  const std::string space = "[sweep]\nsampler = \"tpe\"\ntrials = 4\n[sweep.space]\n";
  EXPECT_NO_THROW(read_sweep(space + "\"model.dropout\" = { uniform = [0.1, 0.5] }\n"));
  try {
    read_sweep(space + "\"data.train\" = { choice = [\"base\", \"both\"] }\n");
    FAIL() << "was taken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("data.train varies"), std::string::npos) << error.what();
  }
}

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

TEST(RunConfigTest, HostileTextIsRefused) {
  std::string dots = "a";
  for (int i = 0; i < 200000; ++i) dots += ".a";
  EXPECT_TRUE(has(fault(dots + " = 1\n"), "a.toml:1: more than 64 dots in one line"));
  EXPECT_TRUE(has(fault(kSmall, {dots + "=1"}), "unknown key"));
  EXPECT_TRUE(has(fault(kSmall, {"train.epochs={" + dots + "=1}"}), "--set"));
  EXPECT_TRUE(has(fault(std::string((1 << 20) + 1, '#')), "larger than 1 MB"));
  EXPECT_TRUE(has(fault("x = " + std::string(100000, '[')), "not TOML"));
  EXPECT_TRUE(has(fault(std::string("seed = 1\0", 9)), "not TOML"));
  EXPECT_THROW(read_config_file("/dev/null"), Error);
  EXPECT_THROW(read_config_file("/"), Error);
  EXPECT_THROW(read_config_file("/no/such/file.toml"), Error);
}

TEST(ShippedConfigsTest, ThePublishedSweepHas140Trials) {
  ::setenv("STORES", "/stores", 1);
  const RunConfig config = read_run_config(read_config_file(UNMASK_SOURCE_DIR "/configs/sweep_published.toml"),
                                           "sweep_published.toml", {}, ConfigFor::kSweep);
  const SweepPlan plan = plan_sweep(*config.sweep, config.trial.seed, {});
  EXPECT_EQ(plan.trials.size(), 140u);
  EXPECT_EQ(config.sweep->space.size(), 10u);
  std::set<std::string> values;
  for (const PlannedTrial& trial : plan.trials) {
    const TrialOptions options = trial_config(config, trial).trial;
    EXPECT_EQ(options.seed, 0u);
    EXPECT_EQ(options.data.val, (std::vector<std::string>{"base", "augment"}));
    EXPECT_EQ(options.train.microbatch_size, 0);
    for (const auto& [key, value] : trial.point) values.insert(key + " = " + value);
  }
  for (const char* value : {"train.global_batch_size = 1024", "train.epochs = 25", "model.dropout = 0.9",
                            "optimizer.schedule = \"constant\"", "model.head = \"hidden\"",
                            "data.train = [\"base\", \"augment\"]", "data.sample_ratio = 0.1"}) {
    EXPECT_TRUE(values.contains(value)) << value;
  }
}

TEST(ShippedConfigsTest, EveryOneIsReadAndRoundTrips) {
  ::setenv("STORES", "/stores", 1);
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(UNMASK_SOURCE_DIR "/configs")) {
    if (file.path().extension() != ".toml") continue;
    SCOPED_TRACE(file.path().string());
    const std::string name = file.path().filename().string(), text = read_config_file(file.path().string());
    if (name.find("prepare") != std::string::npos) {
      const PrepareOptions options = read_prepare_config(text, name, {});
      EXPECT_EQ(resolved_toml(read_prepare_config(resolved_toml(options), name, {})), resolved_toml(options));
    } else {
      const ConfigFor what = name.find("train") != std::string::npos ? ConfigFor::kTrain : ConfigFor::kSweep;
      const RunConfig config = read_run_config(text, name, {}, what);
      EXPECT_EQ(resolved_toml(read_run_config(resolved_toml(config), name, {}, what)), resolved_toml(config));
    }
    ++files;
  }
  EXPECT_GE(files, 4);
}

}  // namespace
}  // namespace unmask
