#include "launch/config/run_config_file.h"

#include <cstdlib>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "launch/config/prepare_config.h"
#include "launch/config/run_identity.h"
#include "launch/config/trial_config.h"
#include "tests/launch/config/config_texts.h"

namespace unmask {
namespace {

TEST(RunConfigFileTest, EachFaultHasPlaceAndReason) {
  const std::vector<FaultCase> cases = {
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
  for (const FaultCase& each : cases) {
    const std::string text = fault(kSmall + each.text);
    expect_parts(text, each);
  }
}

TEST(RunConfigFileTest, AllFaultsComeAtOnce) {
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

TEST(RunConfigFileTest, SyntaxFaultsDoNotHideOthers) {
  const std::string text = fault(std::string(kSmall) + "[train]\nepochs = \nepoch = 3\nselect = \"f1\"\n= 3\n");
  EXPECT_TRUE(has(text, "a.toml:8: not TOML")) << text;
  EXPECT_TRUE(has(text, "a.toml:9: train.epoch: unknown key")) << text;
  EXPECT_TRUE(has(text, "a.toml:11: not TOML")) << text;
}

TEST(RunConfigFileTest, OverridesAreTomlValues) {
  const RunConfig config = read(kSmall, {"train.epochs=2", "model.head=\"hidden\"", "data.val=[\"base\", \"augment\"]",
                                         "optimizer.max_lr=1e-3", "train.epochs=5"});
  EXPECT_EQ(config.trial.train.epochs, 5);
  EXPECT_EQ(config.trial.model.head, Head::kHidden);
  EXPECT_EQ(config.trial.data.val.size(), 2u);
  EXPECT_EQ(config.trial.optimizer.max_lr, 1e-3);
  EXPECT_TRUE(has(fault(kSmall, {"train.epochs=2\n[data]\nstores=\"other\""}), "--set"));
}

TEST(RunConfigFileTest, OverridesMayBeTables) {
  EXPECT_EQ(read(kSmall, {"train={epochs=77}"}).trial.train.epochs, 77);
  EXPECT_TRUE(has(fault(kSmall, {"train={epoch=77}"}), "--set: train.epoch: unknown key; did you mean train.epochs?"));
  const std::string sweep =
      std::string(kSmall) + "[sweep]\ntrials = 2\n[sweep.space]\n\"optimizer.max_lr\" = { choice = [1e-3] }\n";
  const RunConfig config = read_run_config(
      sweep, "a.toml", {"sweep.space.\"optimizer.max_lr\"={log_uniform=[1e-5, 1e-4]}"}, ConfigFor::kSweep);
  ASSERT_EQ(config.sweep->space.size(), 1u);
  EXPECT_EQ(config.sweep->space[0].key, "optimizer.max_lr");
  EXPECT_EQ(config.sweep->space[0].high, 1e-4);
}

TEST(RunConfigFileTest, AMixIsATableInTheFileInAnOverrideAndInASpace) {
  using Mix = std::map<std::string, double>;
  const Mix wanted = {{"base", 2}};
  EXPECT_EQ(read(kSmall, {"data.mix={ base = 2 }"}).trial.data.mix, wanted);
  EXPECT_EQ(read(kSmall, {"data.mix.base=2"}).trial.data.mix, wanted);
  EXPECT_EQ(read(kSmall, {"data.mix={}"}).trial.data.mix, Mix());
  EXPECT_TRUE(has(fault(kSmall, {"data.mix=2"}), "data.mix: wanted a table of numbers, such as"));
  EXPECT_TRUE(has(fault(kSmall, {"data.mix.base=\"x\""}), "data.mix.base: wanted a number"));
  EXPECT_TRUE(has(fault(kSmall, {"data.mix={ wild = 1 }"}), "base is missing"));
  const RunConfig config = read(kSmall, {"data.mix={ base = 2, \"b c\" = 0.5 }"});
  EXPECT_TRUE(has(resolved_toml(config), "mix = { \"b c\" = 0.5, \"base\" = 2.0 }\n"));
  EXPECT_EQ(read(resolved_toml(config)).trial.data.mix, config.trial.data.mix);
  const std::string space = "[sweep]\n[sweep.space]\n\"data.mix\" = { choice = [{ base = 1.0 }, { base = 3.0 }] }\n";
  const RunConfig sweep = read(std::string(kSmall) + space, {}, ConfigFor::kSweep);
  const SweepPlan plan = plan_sweep(*sweep.sweep, sweep.trial.seed, {});
  ASSERT_EQ(plan.trials.size(), 2u);
  EXPECT_EQ(trial_config(sweep, plan.trials[1]).trial.data.mix, (Mix{{"base", 3}}));
}

TEST(RunConfigFileTest, PermutedLabelsAndSelfBlendedFakesExcludeEachOther) {
  EXPECT_TRUE(has(fault(kSmall, {"data.permute_labels=true", "augment.self_blend=0.5"}),
                  "augment.self_blend must be 0 with data.permute_labels"));
}

TEST(RunConfigFileTest, BothIsAnAliasOfTwo) {
  const RunConfig config = read(kSmall, {"data.train=[\"both\"]"});
  EXPECT_EQ(config.trial.data.train, (std::vector<std::string>{"base", "augment"}));
  EXPECT_EQ(config.trial.data.val, config.trial.data.train);
  EXPECT_TRUE(has(fault(kSmall, {"data.val=[\"augment\"]"}), "data.val holds no dataset of data.train"));
}

TEST(RunConfigFileTest, VariablesInPathsAreExpanded) {
  ::setenv("UNMASK_TEST_STORES", "/somewhere", 1);
  EXPECT_EQ(read(kSmall, {"data.stores=\"${UNMASK_TEST_STORES}/stores\""}).trial.data.stores, "/somewhere/stores");
  EXPECT_TRUE(has(fault(kSmall, {"data.stores=\"${UNMASK_TEST_MISSING}/x\""}), "${UNMASK_TEST_MISSING} is not set"));
  EXPECT_TRUE(has(fault(kSmall, {"data.stores=\"${OPEN\""}), "${ without }"));
  EXPECT_EQ(read(kSmall, {"notes=\"${HOME}\""}).notes, "${HOME}");  // no path
}

TEST(RunConfigFileTest, ResolvedTextGivesTheSameConfig) {
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

TEST(RunConfigFileTest, SweepKeepsItsSpace) {
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

TEST(RunConfigFileTest, HostileTextIsRefused) {
  std::string dots = "a";
  for (int i = 0; i < 200000; ++i) dots += ".a";
  EXPECT_TRUE(has(fault(dots + " = 1\n"), "a.toml:1: more than 64 dots in one line"));
  EXPECT_TRUE(has(fault(kSmall, {dots + "=1"}), "too long"));
  EXPECT_TRUE(has(fault(kSmall, {"train.epochs={" + dots + "=1}"}), "--set"));
  EXPECT_TRUE(has(fault(std::string((1 << 20) + 1, '#')), "larger than 1 MB"));
  EXPECT_TRUE(has(fault("x = " + std::string(100000, '[')), "not TOML"));
  EXPECT_TRUE(has(fault(std::string("seed = 1\0", 9)), "not TOML"));
  EXPECT_THROW(read_config_file("/dev/null"), Error);
  EXPECT_THROW(read_config_file("/"), Error);
  EXPECT_THROW(read_config_file("/no/such/file.toml"), Error);
}

TEST(RunConfigFileTest, ThePublishedSweepHas140Trials) {
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

TEST(RunConfigFileTest, EveryConfigThatShipsIsReadAndRoundTrips) {
  ::setenv("STORES", "/stores", 1);
  ::setenv("UNMASK_VIDEOS", "/videos", 1);
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
