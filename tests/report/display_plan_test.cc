#include "report/display_plan.h"

#include <cmath>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace unmask {
namespace {

/// Scores in steps of an eighth, so that many are equal; videos in no order.
class DisplayPlanTest : public testing::Test {
 protected:
  std::vector<DisplayCrop> drawn(std::uint32_t seed, std::size_t count, std::uint32_t videos) const {
    std::mt19937 draws(seed);
    std::vector<DisplayCrop> crops;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t video = static_cast<std::uint32_t>(draws()) % videos;
      const std::size_t method = video % methods_.size();
      crops.push_back({method != 0, static_cast<double>(draws() % 9) / 8, video, methods_[method]});
    }
    return crops;
  }
  std::vector<std::string> methods_ = {"real", "deepfakes", "face2face"};
};

double off(const DisplayCrop& crop) { return crop.label == 1 ? 1 - crop.score : crop.score; }

/// By the definition: the place of a crop is how many other videos have a crop that comes before all of its own.
template <class Before>
std::vector<std::uint32_t> by_definition(const std::vector<DisplayCrop>& crops, std::size_t columns, Before before) {
  std::map<std::uint32_t, std::uint32_t> first;  // of each video
  for (std::uint32_t i = 0; i < crops.size(); ++i) {
    bool is_first = true;
    for (std::uint32_t other = 0; other < crops.size(); ++other)
      is_first &= crops[other].video != crops[i].video || other == i || !before(other, i);
    if (is_first) first[crops[i].video] = i;
  }
  std::vector<std::uint32_t> chosen(std::min(columns, first.size()));
  for (const auto& [video, crop] : first) {
    std::size_t place = 0;
    for (const auto& [other_video, other] : first) place += other != crop && before(other, crop) ? 1 : 0;
    if (place < chosen.size()) chosen[place] = crop;
  }
  return chosen;
}

TEST_F(DisplayPlanTest, TheFirstTwoRowsAreAsDefined) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    const auto crops = drawn(seed, 5 + seed * 7, 3 + seed % 14);
    const auto rows = plan_display(crops, 8);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].crops, by_definition(crops, 8, [&](std::uint32_t a, std::uint32_t b) {
                return off(crops[a]) != off(crops[b]) ? off(crops[a]) > off(crops[b]) : a < b;
              }));
    EXPECT_EQ(rows[1].crops, by_definition(crops, 8, [&](std::uint32_t a, std::uint32_t b) {
                const double of_a = std::abs(crops[a].score - 0.5), of_b = std::abs(crops[b].score - 0.5);
                return of_a != of_b ? of_a < of_b : a < b;
              }));
  }
}

TEST_F(DisplayPlanTest, EveryMethodIsShownTheHardestFirst) {
  const std::vector<DisplayCrop> crops = {
      {0, 0.10, 0, "real"}, {0, 0.30, 0, "real"},   {0, 0.20, 1, "real"}, {0, 0.15, 1, "real"},
      {1, 0.10, 2, "swap"}, {1, 0.90, 3, "puppet"}, {1, 0.20, 4, "swap"}, {1, 0.15, 5, "swap"},
  };
  // Mean distances: swap .85, real .1875, puppet .1. Two of each of three in six or seven; puppet has one alone.
  EXPECT_EQ(plan_display(crops, 6)[2].crops, (std::vector<std::uint32_t>{4, 6, 3, 1, 5}));
  EXPECT_EQ(plan_display(crops, 7)[2].crops, plan_display(crops, 6)[2].crops);
  EXPECT_EQ(plan_display(crops, 3)[2].crops, (std::vector<std::uint32_t>{7, 2, 5})) << "medians";
  EXPECT_EQ(plan_display(crops, 2)[2].crops, (std::vector<std::uint32_t>{7, 2})) << "no room for the easiest";
}

TEST_F(DisplayPlanTest, ShownQuantilesAreAsDefined) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    const auto crops = drawn(seed, 200, 30);
    const auto chosen = plan_display(crops, 8)[2].crops;
    ASSERT_EQ(chosen.size(), 6u);  // two of each of three
    for (std::size_t place = 0; place < 6; ++place) {
      const DisplayCrop& crop = crops[chosen[place]];
      std::size_t lower = 0, all = 0;
      for (std::uint32_t i = 0; i < crops.size(); ++i) {
        if (crops[i].method != crop.method) continue;
        ++all;
        lower += crops[i].score < crop.score || (crops[i].score == crop.score && i < chosen[place]) ? 1 : 0;
      }
      EXPECT_EQ(lower, (place % 2 == 0 ? all / 4 : 3 * all / 4)) << "seed " << seed << ", place " << place;
    }
  }
}

TEST_F(DisplayPlanTest, AnyNumberOfCrops) {
  for (const DisplayRow& row : plan_display({}, 8)) EXPECT_TRUE(row.crops.empty());
  for (const DisplayRow& row : plan_display(drawn(1, 1, 1), 8)) EXPECT_EQ(row.crops, std::vector<std::uint32_t>{0});
  EXPECT_EQ(display_columns(0), 8u);
  EXPECT_EQ(display_columns(1), 8u);
  EXPECT_EQ(display_columns(2), 4u);
  EXPECT_EQ(display_columns(3), 3u);
  EXPECT_EQ(display_columns(100), 3u);
}

}  // namespace
}  // namespace unmask
