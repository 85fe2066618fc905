#include "sweep/plan/space_value.h"

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/sweep/plan/space_builders.h"

namespace unmask {
namespace {

using Kind = SpaceKey::Kind;

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

const SpaceKey kRate = range("rate", Kind::kLogUniform, 1e-5, 1e-1);
const SpaceKey kDecay = range("decay", Kind::kUniform, -2, 2);
const SpaceKey kEpochs = range("epochs", Kind::kInteger, 1, 4);

TEST(SpaceValueTest, APlaceIsAShareOfTheRange) {
  EXPECT_EQ(value_at(kDecay, 0), "-2.0");
  EXPECT_EQ(value_at(kDecay, 0.25), "-1.0");
  EXPECT_EQ(value_at(kDecay, 1), "2.0");
  // Each of four integers has a quarter.
  const std::pair<double, const char*> integers[] = {{0, "1"}, {0.2499, "1"}, {0.25, "2"}, {0.75, "4"}, {1, "4"}};
  for (const auto& [place, value] : integers) EXPECT_EQ(value_at(kEpochs, place), value) << place;
  EXPECT_EQ(place_of(kEpochs, "1"), 0.125);
  EXPECT_EQ(place_of(kEpochs, "4"), 0.875);
  EXPECT_EQ(place_of(kDecay, "1.0"), 0.75);
}

TEST(SpaceValueTest, OfALogUniformRangeItIsAShareOfTheDecades) {
  EXPECT_NEAR(number(value_at(kRate, 0.5)), 1e-3, 1e-17);
  EXPECT_NEAR(place_of(kRate, "0.0001"), 0.25, 1e-14);
  for (double place = 0; place < 1; place += 0.01) {
    const double wanted = 1e-5 * std::pow(1e4, place);
    EXPECT_NEAR(number(value_at(kRate, place)), wanted, wanted * 1e-14);
  }
}

TEST(SpaceValueTest, PlacesAndValuesMatch) {
  for (const SpaceKey& key : {kRate, kDecay, kEpochs}) {
    for (double place = 0; place < 1; place += 0.03125) {
      const std::string value = value_at(key, place);
      EXPECT_NEAR(number(value_at(key, place_of(key, value))), number(value), std::abs(number(value)) * 1e-12);
      if (key.kind != Kind::kInteger) {
        EXPECT_NEAR(place_of(key, value), place, 1e-12);
      }
    }
  }
}

TEST(SpaceValueTest, AValueOutsideIsTakenForTheNearestEnd) {
  EXPECT_EQ(place_of(kRate, "1.0"), 1);
  EXPECT_EQ(place_of(kRate, "1e-9"), 0);
  EXPECT_EQ(place_of(kDecay, "7.0"), 1);
  EXPECT_EQ(place_of(kEpochs, "-3"), 0);
}

TEST(SpaceValueTest, ARangeOfOneValueHasItEverywhere) {
  const SpaceKey one = range("one", Kind::kUniform, 2, 2), rate = range("rate", Kind::kLogUniform, 5e-5, 5e-5);
  for (const double place : {0.0, 0.3, 1.0}) {
    EXPECT_EQ(value_at(one, place), "2.0");
    EXPECT_EQ(number(value_at(rate, place)), 5e-5);
  }
  EXPECT_EQ(place_of(one, "2.0"), 0.5);
}

TEST(SpaceValueTest, AStreamIsOfOneKeyPointSeedAndPurpose) {
  const auto first = [](const std::string& key, std::uint64_t seed, int i, SpaceDraw what) {
    Draws draws = space_draws(range(key, Kind::kUniform, 0, 1), seed, i, what);
    const double unit = unit_draw(draws);
    EXPECT_TRUE(unit >= 0 && unit < 1) << unit;
    return unit;
  };
  const double one = first("a", 1, 2, SpaceDraw::kRandom);
  EXPECT_EQ(first("a", 1, 2, SpaceDraw::kRandom), one);
  const std::set<double> others = {one, first("b", 1, 2, SpaceDraw::kRandom), first("a", 2, 2, SpaceDraw::kRandom),
                                   first("a", 1, 3, SpaceDraw::kRandom), first("a", 1, 2, SpaceDraw::kTpe)};
  EXPECT_EQ(others.size(), 5u);
}

TEST(SpaceValueTest, DrawsAreSpreadEvenly) {
  const SpaceKey head = choice("head", {"\"linear\"", "\"hidden\""});
  std::map<std::string, int> heads, epochs;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    Draws of_head = space_draws(head, 3, i, SpaceDraw::kRandom),
          of_epochs = space_draws(kEpochs, 3, i, SpaceDraw::kRandom);
    ++heads[draw_value(head, of_head)];
    ++epochs[draw_value(kEpochs, of_epochs)];
  }
  ASSERT_EQ(heads.size(), 2u);
  ASSERT_EQ(epochs.size(), 4u);
  // Within five standard deviations: 32 of a half, 27 of a quarter.
  for (const auto& [value, count] : heads) EXPECT_NEAR(count, kDraws / 2, 160) << value;
  for (const auto& [value, count] : epochs) EXPECT_NEAR(count, kDraws / 4, 140) << value;
}

}  // namespace
}  // namespace unmask
