// Mutated configs: whatever the text, a config or a list of faults comes back, never a crash. UNMASK_FUZZ_ROUNDS
// (8000): how many; `make fuzz` takes many more.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/philox.h"
#include "launch/config/run_config_file.h"
#include "launch/config/trial_config.h"
#include "sweep/plan/sweep_plan.h"

namespace unmask {
namespace {

constexpr char kSeedText[] = R"(seed = 3
name = "fuzz"
tags = ["a", 'b']
[data]
stores = "${HOME}/stores"
train = ["base", "augment"]
[model]
init = "random"
head = """hidden"""
[train]
epochs = 0x0C
global_batch_size = 1_000
[optimizer]
max_lr = 5e-5
[augment]
flip = 0.5
[runtime]
timeout_s = 60
[sweep]
trials = 8
[sweep.space]
"optimizer.max_lr" = { log_uniform = [1e-5, 1e-3] }
model.head = { choice = ["linear", "hidden"] }
"optimizer.pct_start" = { uniform = [0.3, 0.5], when = { "optimizer.schedule" = ["one_cycle"] } }
"optimizer.schedule" = { grid = ["one_cycle", "constant"] }
"train.global_batch_size" = { integer = [16, 64] }
"data.train" = { choice = ["base", ["augment"], "both"], when = { model.head = "hidden" } }
)";

std::string mutate(std::string text, Draws& draws) {
  static const std::vector<std::string> kPieces = {"[",
                                                   "]",
                                                   "[[",
                                                   "]]",
                                                   "{",
                                                   "}",
                                                   "\"",
                                                   "'''",
                                                   "\"\"\"",
                                                   "=",
                                                   ".",
                                                   ",",
                                                   "\n",
                                                   "#",
                                                   "\\u",
                                                   "nan",
                                                   "1979-05-27",
                                                   "inf",
                                                   "-",
                                                   "true",
                                                   "\\x",
                                                   "\xFF",
                                                   "\0",
                                                   "\xC3",
                                                   "a.a.a.a",
                                                   "[sweep.space]",
                                                   "${",
                                                   "99999999999999999999",
                                                   "1e999",
                                                   "when",
                                                   "{ choice = [1] }",
                                                   "uniform",
                                                   "integer",
                                                   "[0, 1]"};
  const std::uint32_t changes = 1 + draws.below(3);
  for (std::uint32_t change = 0; change < changes && !text.empty(); ++change) {
    const std::uint32_t at = draws.below(static_cast<std::uint32_t>(text.size()));
    switch (draws.below(6)) {
      case 0: text[at] = static_cast<char>(draws.below(256)); break;
      case 1: text.erase(at, 1 + draws.below(12)); break;
      case 2: text.insert(at, kPieces[draws.below(static_cast<std::uint32_t>(kPieces.size()))]); break;
      case 3:
        text.insert(at, text.substr(draws.below(static_cast<std::uint32_t>(text.size())), draws.below(60)));
        break;
      case 4: text[at] = static_cast<char>(text[at] ^ (1 << draws.below(8))); break;
      default: {
        const std::string& piece = kPieces[draws.below(static_cast<std::uint32_t>(kPieces.size()))];
        for (std::uint32_t copies = 1 + draws.below(50); copies > 0; --copies) text.insert(at, piece);
      }
    }
  }
  return text;
}

std::uint32_t rounds() {
  const char* asked = std::getenv("UNMASK_FUZZ_ROUNDS");
  return asked != nullptr ? static_cast<std::uint32_t>(std::strtoul(asked, nullptr, 10)) : 8000;
}

TEST(ConfigFuzzTest, MutatedConfigsAreReadOrRefused) {
  std::uint32_t taken = 0, refused = 0;
  for (std::uint32_t round = 0; round < rounds(); ++round) {
    Draws draws(11, DrawFor::kProbe, round);
    const std::string text = mutate(kSeedText, draws);
    try {
      const RunConfig config = read_run_config(text, "f.toml", {}, ConfigFor::kSweep);
      // What was taken must survive being written out.
      const std::string resolved = resolved_toml(config);
      ASSERT_EQ(resolved_toml(read_run_config(resolved, "r.toml", {}, ConfigFor::kSweep)), resolved) << text;
      // And so must its trials, or name what doesn't fit together.
      const SweepPlan plan = plan_sweep(*config.sweep, config.trial.seed, {});
      ASSERT_TRUE(plan.refusal.empty());
      for (std::size_t i = 0; i < std::min<std::size_t>(plan.trials.size(), 3); ++i) {
        if (!plan.trials[i].drawn) continue;
        const std::string trial = resolved_toml(trial_config(config, plan.trials[i]));
        ASSERT_EQ(resolved_toml(read_run_config(trial, "f.toml", {}, ConfigFor::kTrain)), trial) << text;
      }
      ++taken;
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::kUsage);
      ASSERT_NE(std::string(error.what()).find("f.toml"), std::string::npos) << text << "\n" << error.what();
      ++refused;
    }
  }
  EXPECT_GT(taken, rounds() / 200);
  EXPECT_GT(refused, rounds() / 25);
}

TEST(ConfigFuzzTest, MutatedOverridesAreReadOrRefused) {
  for (std::uint32_t round = 0; round < rounds() / 4; ++round) {
    Draws draws(12, DrawFor::kProbe, round);
    try {
      read_run_config(kSeedText, "f.toml", {mutate("train.epochs={ a = [1, 2], b = \"x\" }", draws)},
                      ConfigFor::kSweep);
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::kUsage);
    }
  }
}

}  // namespace
}  // namespace unmask
