#include "sweep/plan/sweep_options.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/sweep/plan/space_builders.h"

namespace unmask {
namespace {

using Kind = SpaceKey::Kind;

TEST(SweepOptionsTest, FaultsOfTheSpace) {
  const auto faults = [](std::vector<SpaceKey> space, int trials = 3) {
    SweepOptions options;
    options.space = std::move(space);
    options.trials = trials;
    return validate(options);
  };
  EXPECT_TRUE(faults(mixed_space()).empty());
  EXPECT_TRUE(has(faults({choice("a", {})}), "sweep.space.a: choice must hold at least one value"));
  EXPECT_TRUE(
      has(faults({range("a", Kind::kUniform, 2, 1)}), "sweep.space.a: a range's low end comes first, got 2 and 1"));
  EXPECT_TRUE(has(faults({range("a", Kind::kLogUniform, 0, 1)}), "sweep.space.a: log_uniform needs ends above 0"));
  EXPECT_TRUE(has(faults({range("a", Kind::kLogUniform, 1e-300, 1e300)}), "too wide"));
  EXPECT_TRUE(has(faults({range("a", Kind::kUniform, -1e308, 1e308)}), "too wide"));
  EXPECT_TRUE(has(faults({range("a", Kind::kInteger, 1, 2.5)}), "whole numbers"));
  EXPECT_TRUE(has(faults({range("a", Kind::kUniform, 0, std::nan(""))}), "finite"));
  EXPECT_TRUE(has(faults({choice("a", {"1"}), choice("a", {"2"})}), "sweep.space.a: the space has this key twice"));
  EXPECT_TRUE(has(faults({when(choice("a", {"1"}), "b", {"1"})}), "when names b, which the space doesn't vary"));
  EXPECT_TRUE(has(faults({when(choice("a", {"1"}), "b", {"1"}), range("b", Kind::kInteger, 1, 2)}), "b is a range"));
  EXPECT_TRUE(has(faults({when(choice("a", {"1"}), "b", {"3"}), choice("b", {"1"})}), "none of its choices"));
  EXPECT_TRUE(has(faults({when(choice("a", {"1"}), "a", {"1"})}), "in a circle: a → a"));
  EXPECT_TRUE(has(faults({when(choice("a", {"1"}), "b", {"1"}), when(choice("b", {"1"}), "a", {"1"})}),
                  "sweep.space.b: the conditions go in a circle: b → a → b"));
  EXPECT_TRUE(has(faults({when(choice("c", {"1"}), "a", {"1"}), when(choice("a", {"1"}), "b", {"1"}),
                          when(choice("b", {"1"}), "a", {"1"})}),
                  "circle"));
  EXPECT_TRUE(has(faults({range("a", Kind::kUniform, 0, 1)}, 0), "a grid takes choices only"));
  EXPECT_TRUE(has(faults({}, 4), "sweep.trials must be 1 where [sweep.space] is empty"));
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(std::to_string(i));
  EXPECT_TRUE(
      has(faults({choice("a", many), choice("b", many), choice("c", many)}, 0), "1e+06 × 1 trials: more than 100000"));
  EXPECT_TRUE(has(faults({choice("a", many)}, 2000000000), "more than 100000"));
}

TEST(SweepOptionsTest, FaultsOfTheRest) {
  SweepOptions options = random_options(0);
  options.sampler = Sampler::kRandom;
  options.objective = "val.base.f1";
  options.group_size = options.cohort = options.rungs = options.keep_best = 0;
  options.keep = std::nan("");
  const std::vector<std::string> faults = validate(options);
  for (const char* key : {"objective", "group_size", "cohort", "rungs", "keep_best", "keep ", "trials"}) {
    EXPECT_TRUE(has(faults, "sweep." + std::string(key))) << key;
  }
  options = grid_options(2);
  options.sampler = Sampler::kGrid;
  EXPECT_TRUE(validate(options).empty());
  options.trials = 4;
  EXPECT_TRUE(has(validate(options), "sweep.trials is for random and tpe"));
  options.repeats = 0;
  EXPECT_TRUE(has(validate(options), "sweep.repeats must be >= 1, got 0"));
}

TEST(SweepOptionsTest, TpeNeedsTrialsThatCanBeCompared) {
  SweepOptions options;
  options.sampler = Sampler::kTpe;
  options.trials = 8;
  options.space = {choice("data.train", {"[\"base\"]", "[\"augment\"]"}), choice("train.epochs", {"1", "2"})};
  EXPECT_TRUE(has(validate(options), "sweep.sampler must not be \"tpe\" where data.train varies"));
  options.space.erase(options.space.begin());
  EXPECT_TRUE(validate(options).empty());
}

TEST(SweepOptionsTest, WordsAreThoseOfTheConfig) {
  EXPECT_EQ(from_word<Kind>("grid"), Kind::kChoice);
  EXPECT_EQ(to_word(Kind::kChoice), "choice");
  EXPECT_EQ(all_words<SweepMode>(), (std::vector<std::string>{"sequential", "concurrent", "elastic"}));
  EXPECT_EQ(all_words<StoppingRule>(), (std::vector<std::string>{"none", "median", "halving"}));
  EXPECT_EQ(all_words<Sampler>(), (std::vector<std::string>{"auto", "grid", "random", "tpe"}));
}

}  // namespace
}  // namespace unmask
