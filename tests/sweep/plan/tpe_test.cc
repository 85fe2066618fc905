#include "sweep/plan/tpe.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include <gtest/gtest.h>

namespace unmask {
namespace {

using Kind = SpaceKey::Kind;

std::vector<SpaceKey> toy_space() {
  return {{"rate", Kind::kLogUniform, {}, 1e-5, 1e-1, "", {}},
          {"decay", Kind::kUniform, {}, -2, 2, "", {}},
          {"epochs", Kind::kInteger, {}, 1, 30, "", {}},
          {"start", Kind::kUniform, {}, 0, 1, "schedule", {"\"cycle\""}},
          {"schedule", Kind::kChoice, {"\"flat\"", "\"cycle\"", "\"steps\""}, 0, 0, "", {}}};
}

double number(const SpacePoint& point, const std::string& key, double absent) {
  for (const auto& [name, value] : point) {
    if (name == key) return std::strtod(value.c_str(), nullptr);
  }
  return absent;
}

/// Best at rate 1e-3, decay 0.5, epochs 20, schedule "cycle" with start 0.25.
double toy_objective(const SpacePoint& point) {
  const double rate = (std::log10(number(point, "rate", 0)) + 3) / 4, decay = (number(point, "decay", 0) - 0.5) / 4;
  const double epochs = (number(point, "epochs", 0) - 20) / 30, start = number(point, "start", 2) - 0.25;
  return -(rate * rate + decay * decay + epochs * epochs + 0.2 * std::min(start * start, 1.0));
}

double best_of(std::uint64_t seed, bool learn, int trials = 64, int cohort = 8) {
  std::vector<Observation> history;
  double best = -1e9;
  for (int first = 0; first < trials; first += cohort) {
    std::vector<Observation> round;
    for (int i = first; i < first + cohort; ++i) {
      const SpacePoint point = learn ? tpe_point(toy_space(), seed, i, history) : random_point(toy_space(), seed, i);
      const double value = toy_objective(point);
      best = std::max(best, value);
      round.push_back({point, i % 9 == 5 ? std::nullopt : std::optional(value)});  // some fail
    }
    history.insert(history.end(), round.begin(), round.end());
  }
  return best;
}

std::vector<Observation> observed(int count) {
  std::vector<Observation> history;
  for (int i = 0; i < count; ++i) {
    const SpacePoint point = random_point(toy_space(), 3, i);
    history.push_back({point, toy_objective(point)});
  }
  return history;
}

TEST(TpeTest, FindsTheOptimumBetterThanChance) {
  double random = 0, learned = 0;
  int wins = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const double chance = best_of(seed, false), tpe = best_of(seed, true);
    random += chance / 20;
    learned += tpe / 20;
    wins += tpe > chance ? 1 : 0;
  }
  EXPECT_GT(learned, random / 2) << random;  // less than half of the distance
  EXPECT_GE(wins, 15);
}

TEST(TpeTest, AFunctionOfSeedTrialAndHistory) {
  const std::vector<Observation> history = observed(16);
  const SpacePoint point = tpe_point(toy_space(), 1, 16, history);
  EXPECT_EQ(tpe_point(toy_space(), 1, 16, history), point);
  EXPECT_NE(tpe_point(toy_space(), 1, 17, history), point);
  EXPECT_NE(tpe_point(toy_space(), 2, 16, history), point);
  EXPECT_EQ(point_text(point),
            "rate = 0.0012072962118264592; decay = 1.0431583403855704; epochs = 8; schedule = \"steps\"");
  std::vector<SpaceKey> space = toy_space();
  std::reverse(space.begin(), space.end());  // the order of the keys is free
  SpacePoint turned = tpe_point(space, 1, 16, history);
  std::reverse(turned.begin(), turned.end());
  EXPECT_EQ(turned, point);
}

TEST(TpeTest, WithoutEnoughToLearnFromItIsRandom) {
  const SpacePoint random = random_point(toy_space(), 1, 9);
  EXPECT_EQ(tpe_point(toy_space(), 1, 9, {}), random);
  EXPECT_EQ(tpe_point(toy_space(), 1, 9, observed(3)), random);
  std::vector<Observation> failed = observed(16);
  for (Observation& each : failed) each.objective.reset();
  EXPECT_EQ(tpe_point(toy_space(), 1, 9, failed), random);
  EXPECT_NE(tpe_point(toy_space(), 1, 9, observed(4)), random);
}

TEST(TpeTest, ValuesStayInTheSpace) {
  std::vector<Observation> history = observed(40);
  history[3].objective = std::nan("");
  history[4].point = {{"gone", "3"}, {"rate", "5.0"}, {"schedule", "\"none\""}};  // not of this space
  for (int i = 0; i < 300; ++i) {
    const SpacePoint point = tpe_point(toy_space(), 1, i, history);
    const double rate = number(point, "rate", 0), decay = number(point, "decay", 9),
                 epochs = number(point, "epochs", 0);
    EXPECT_TRUE(rate >= 1e-5 && rate <= 1e-1) << rate;
    EXPECT_TRUE(decay >= -2 && decay <= 2) << decay;
    EXPECT_TRUE(epochs >= 1 && epochs <= 30 && epochs == std::floor(epochs)) << epochs;
    const bool cycle = point_text(point).find("\"cycle\"") != std::string::npos;
    EXPECT_EQ(number(point, "start", -1) >= 0, cycle);
  }
}

}  // namespace
}  // namespace unmask
