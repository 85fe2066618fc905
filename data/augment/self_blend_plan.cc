#include "data/augment/self_blend_plan.h"

#include <cmath>
#include <numbers>

#include "base/philox.h"

namespace unmask {
namespace {

/// In shares of the crop's side.
struct Region {
  double x, y, half_width, half_height;
  double power;  // 2: an ellipse; more: nearer to its box
};

/// The whole face, where `unmask prepare` puts it, or a part of it.
Region draw_region(Draws& draws) {
  constexpr double kRound = 2, kBroad = 2.8;
  const bool whole = draws.chance(0.5);
  const std::uint32_t which = draws.below(4);
  const double x = 0.5 + draws.uniform(-0.05, 0.05), dy = draws.uniform(-0.05, 0.05);
  const double width = draws.uniform(0.275, 0.425), height = draws.uniform(0.275, 0.425);
  const bool broad = draws.chance(0.5);
  if (whole) return {x, 0.5 + dy, width, height, broad ? kBroad : kRound};
  switch (which) {
    case 0: return {x, 0.72 + dy, 0.2, 0.12, kRound};    // mouth
    case 1: return {x, 0.66 + dy, 0.32, 0.25, kBroad};   // lower face
    case 2: return {x, 0.38 + dy, 0.36, 0.14, kBroad};   // eye band
    default: return {x, 0.52 + dy, 0.24, 0.28, kRound};  // centre
  }
}

void draw_outline(Draws& draws, int px, SelfBlendDraw& draw) {
  const Region region = draw_region(draws);
  for (int i = 0; i < SelfBlendDraw::kCorners; ++i) {
    const double angle = 2 * std::numbers::pi * i / SelfBlendDraw::kCorners, stretch = draws.uniform(0.94, 1.06);
    const auto along = [&](double turn) { return std::copysign(std::pow(std::abs(turn), 2 / region.power), turn); };
    const double x = region.x + stretch * region.half_width * along(std::cos(angle));
    const double y = region.y + stretch * region.half_height * along(std::sin(angle));
    draw.outline[static_cast<std::size_t>(i)] = {static_cast<std::int32_t>(std::lround(x * px * 256)),
                                                 static_cast<std::int32_t>(std::lround(y * px * 256))};
  }
}

}  // namespace

SelfBlendDraw draw_self_blend(double probability, int crop_px, std::uint64_t seed, std::uint32_t epoch,
                              std::uint32_t slot) {
  SelfBlendDraw draw;
  // The order of these draws is part of the results' format (docs/formats.md); none is skipped by another's outcome.
  Draws draws(seed, DrawFor::kSelfBlend, epoch, slot);
  draw.blends = draws.chance(probability);
  draw_outline(draws, crop_px, draw);
  draw.edge_sigma = crop_px * draws.uniform(0.006, 0.03);
  constexpr std::array<int, 6> kRatios = {64, 128, 192, 256, 256, 256};
  draw.ratio = kRatios[draws.below(6)];
  draw.shift_x = crop_px * draws.uniform(-0.03, 0.03);
  draw.shift_y = crop_px * draws.uniform(-0.015, 0.015);
  draw.scale = draws.uniform(0.95, 1 / 0.95);
  const bool sharpens = draws.chance(0.5);
  const auto sharpen = static_cast<int>(std::lround(256 * draws.uniform(0.2, 0.5)));
  const int shrink = draws.chance(0.5) ? 2 : 4;
  draw.sharpen = sharpens ? sharpen : 0;
  draw.shrink = sharpens ? 1 : shrink;
  draw.saturation = static_cast<int>(std::lround(256 * draws.uniform(0.7, 1.3)));
  draw.gain = static_cast<int>(std::lround(256 * draws.uniform(0.9, 1.1)));
  for (int& add : draw.add) add = static_cast<int>(draws.below(41)) - 20;
  return draw;
}

}  // namespace unmask
