#include "data/augment/augment_plan.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include "tests/data/augment/python_judge.h"

namespace unmask {
namespace {

std::string line_of(const AugmentDraw& draw, int px) {
  std::ostringstream line;
  line.precision(17);
  line << px << ' ' << draw.flipped << ' ' << draw.angle << ' ' << draw.scale << ' ' << draw.has_perspective;
  for (const auto& corner : draw.corners) line << ' ' << corner[0] << ' ' << corner[1];
  return line.str() + "\n";
}

TEST(AugmentPlan, ADrawIsAFunctionOfSeedEpochAndSlot) {
  const AugmentOptions options;
  const AugmentDraw draw = draw_augmentation(options, 224, 1, 2, 3);
  EXPECT_EQ(draw.to_input, draw_augmentation(options, 224, 1, 2, 3).to_input);
  EXPECT_NE(draw.angle, draw_augmentation(options, 224, 2, 2, 3).angle);
  EXPECT_NE(draw.angle, draw_augmentation(options, 224, 1, 3, 3).angle);
  EXPECT_NE(draw.angle, draw_augmentation(options, 224, 1, 2, 4).angle);
}

TEST(AugmentPlan, TheExampleOfTheFormatsPageStillHolds) {
  const AugmentDraw draw = draw_augmentation(AugmentOptions{}, 224, 7, 2, 3);
  EXPECT_TRUE(draw.flipped);
  EXPECT_EQ(draw.angle, 23.306255340576172);
  EXPECT_EQ(draw.scale, 1.0460250496864321);
  EXPECT_FALSE(draw.has_perspective);
  EXPECT_NEAR(draw.saturation, 1.26909, 1e-5);
  EXPECT_EQ(draw.erase.x, 37);
  EXPECT_EQ(draw.erase.y, 31);
  EXPECT_EQ(draw.erase.width, 74);
  EXPECT_EQ(draw.erase.height, 102);
}

TEST(AugmentPlan, OneOptionDoesntMoveTheDrawsOfAnother) {
  AugmentOptions options;
  const AugmentDraw draw = draw_augmentation(options, 224, 1, 2, 3);
  options.perspective_probability = 0;
  options.flip = 1;
  options.erase = 1;
  const AugmentDraw other = draw_augmentation(options, 224, 1, 2, 3);
  EXPECT_EQ(draw.angle, other.angle);
  EXPECT_EQ(draw.corners, other.corners);
  EXPECT_EQ(draw.saturation, other.saturation);
}

TEST(AugmentPlan, SwitchedOffItChangesNothing) {
  AugmentOptions options;
  options.enabled = false;
  const AugmentDraw draw = draw_augmentation(options, 224, 1, 2, 3);
  EXPECT_EQ(draw.to_input, AugmentDraw{}.to_input);
  EXPECT_EQ(draw.brightness, 1.0f);
  EXPECT_EQ(draw.erase.width, 0);
}

TEST(AugmentPlan, HomographiesAreTorchvisions) {
  std::string lines;
  std::vector<AugmentDraw> draws;
  for (const int px : {224, 112, 37}) {
    for (std::uint32_t slot = 0; slot < 100; ++slot) {
      draws.push_back(draw_augmentation(AugmentOptions{}, px, 11, 0, slot));
      lines += line_of(draws.back(), px);
    }
  }
  EXPECT_GT(std::count_if(draws.begin(), draws.end(), [](const auto& d) { return d.has_perspective; }), 100);
  EXPECT_GT(std::count_if(draws.begin(), draws.end(), [](const auto& d) { return d.flipped; }), 100);
  std::istringstream answer(test::run_reference("geometry", lines));
  for (const AugmentDraw& draw : draws) {
    for (std::size_t i = 0; i < 9; ++i) {
      double wanted = 0;
      ASSERT_TRUE(answer >> wanted);
      // Perspective coefficients come back from torchvision rounded to single precision.
      EXPECT_NEAR(draw.to_input[i], wanted, 1e-6 * std::max(1.0, std::abs(wanted)) * (draw.has_perspective ? 40 : 1))
          << "element " << i;
    }
  }
}

using Ranges = std::map<std::string, std::array<double, 2>>;

Ranges our_ranges(std::uint32_t count, int px) {
  AugmentOptions options;
  options.erase = 1;
  Ranges ranges;
  const auto note = [&ranges](const std::string& name, double value) {
    auto& range = ranges.try_emplace(name, std::array<double, 2>{value, value}).first->second;
    range = {std::min(range[0], value), std::max(range[1], value)};
  };
  for (std::uint32_t slot = 0; slot < count; ++slot) {
    const AugmentDraw draw = draw_augmentation(options, px, 3, 1, slot);
    note("angle", draw.angle);
    note("scale", draw.scale);
    for (std::size_t i = 0; i < 4; ++i) {
      note("x" + std::to_string(i), draw.corners[i][0]);
      note("y" + std::to_string(i), draw.corners[i][1]);
    }
    note("brightness", static_cast<double>(draw.brightness));
    note("contrast", static_cast<double>(draw.contrast));
    note("saturation", static_cast<double>(draw.saturation));
    note("erase_height", draw.erase.height);
    note("erase_width", draw.erase.width);
    note("erase_area", static_cast<double>(draw.erase.height) * draw.erase.width / px / px);
    note("erase_x_share", draw.erase.x / std::max(1.0, static_cast<double>(px - draw.erase.width)));
    note("erase_y_share", draw.erase.y / std::max(1.0, static_cast<double>(px - draw.erase.height)));
  }
  return ranges;
}

TEST(AugmentPlan, ParametersFillTorchvisionsRanges) {
  constexpr int kDraws = 2000;
  std::istringstream answer(test::run_reference("ranges " + std::to_string(kDraws) + " 224 112"));
  const std::map<int, Ranges> ours = {{224, our_ranges(kDraws, 224)}, {112, our_ranges(kDraws, 112)}};
  std::string name;
  double low = 0, high = 0;
  int px = 0;
  std::size_t seen = 0;
  while (answer >> px >> name >> low >> high) {
    ++seen;
    ASSERT_TRUE(ours.at(px).contains(name)) << name;
    // 2,000 uniform draws come within 1% of a range's ends (but for one time in 10^8); whole numbers reach them. A
    // box's sides have thin tails.
    const bool is_corner = name.size() == 2, is_box = name.starts_with("erase_");
    const double slack = is_corner ? 0 : (is_box ? 0.08 : 0.01) * (high - low);
    EXPECT_NEAR(ours.at(px).at(name)[0], low, slack) << name << " at " << px;
    EXPECT_NEAR(ours.at(px).at(name)[1], high, slack) << name << " at " << px;
  }
  EXPECT_EQ(seen, ours.at(224).size() * 2);
}

TEST(AugmentPlan, ChancesAreKept) {
  AugmentOptions options;
  options.flip = 0.25;
  options.perspective_probability = 0.75;
  options.erase = 0.1;
  int flips = 0, perspectives = 0, erased = 0;
  for (std::uint32_t slot = 0; slot < 4000; ++slot) {
    const AugmentDraw draw = draw_augmentation(options, 224, 3, 1, slot);
    flips += draw.flipped;
    perspectives += draw.has_perspective;
    erased += draw.erase.width > 0;
  }
  EXPECT_NEAR(flips, 1000, 150);
  EXPECT_NEAR(perspectives, 3000, 150);
  EXPECT_NEAR(erased, 400, 100);
}

TEST(AugmentPlan, EveryFaultOfTheOptionsNamesItsKey) {
  EXPECT_TRUE(validate(AugmentOptions{}).empty());
  AugmentOptions options;
  options.flip = 1.5;
  options.erase_ratio_min = std::numeric_limits<double>::quiet_NaN();
  options.scale_min = 2;
  const std::vector<std::string> faults = validate(options);
  ASSERT_EQ(faults.size(), 4u);  // scale_max falls below scale_min, and nothing is in order beside a NaN
  EXPECT_EQ(faults[0], "augment.flip must be in [0, 1], got 1.5");
  EXPECT_EQ(faults[1], "augment.scale_max must be in [scale_min, 100], got 1.1");
}

TEST(AugmentPlan, TinyCropsDontBreakIt) {
  for (const int px : {1, 2, 3, 8}) {
    for (std::uint32_t slot = 0; slot < 200; ++slot) {
      const AugmentDraw draw = draw_augmentation(AugmentOptions{}, px, 1, 0, slot);
      for (const double value : draw.to_input) EXPECT_TRUE(std::isfinite(value));
      EXPECT_LE(draw.erase.x + draw.erase.width, px);
      EXPECT_LE(draw.erase.y + draw.erase.height, px);
    }
  }
}

}  // namespace
}  // namespace unmask
