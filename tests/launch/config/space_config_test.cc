#include "launch/config/space_config.h"

#include <gtest/gtest.h>

#include "launch/config/run_identity.h"
#include "tests/launch/config/config_texts.h"

namespace unmask {
namespace {

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
  const std::vector<FaultCase> cases = {
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
  for (const FaultCase& each : cases) {
    const std::string text =
        fault(std::string(kTwoSets) + "[sweep]\ntrials = 2\n[sweep.space]\n" + each.text + "\n", {}, ConfigFor::kSweep);
    expect_parts(text, each);
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

}  // namespace
}  // namespace unmask
