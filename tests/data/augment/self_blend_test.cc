#include "data/augment/self_blend.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/digest.h"
#include "tests/data/augment/degradation_judge.h"

namespace unmask {
namespace {

using test::drawn_crop;
using test::Pixels;

Pixels blended(Pixels rgb, int px, const SelfBlendDraw& draw) {
  self_blend(rgb, px, draw);
  return rgb;
}

std::string text(const SelfBlendDraw& draw) {
  std::ostringstream line;
  line.precision(17);
  line << draw.edge_sigma << ' ' << draw.ratio << ' ' << draw.shift_x << ' ' << draw.shift_y << ' ' << draw.scale << ' '
       << draw.shrink << ' ' << draw.sharpen << ' ' << draw.saturation << ' ' << draw.gain;
  for (const int add : draw.add) line << ' ' << add;
  for (const auto& [x, y] : draw.outline) line << ' ' << x << ' ' << y;
  return line.str();
}

TEST(SelfBlend, IsWhatItsDefinitionSays) {
  for (const int px : {96, 224}) {
    test::DegradationJudge of_size;
    for (std::uint32_t i = 0; i < 12; ++i) {
      const Pixels crop = drawn_crop(px, i);
      const SelfBlendDraw draw = draw_self_blend(1, px, 3, 1, i);
      of_size.add("self_blend", crop, blended(crop, px, draw), px, text(draw));
    }
    const auto found = of_size.run().at("self_blend");
    EXPECT_LE(found.largest, 3) << px;  // ours rounds the copy four times
    EXPECT_LT(found.worst_mean, 0.5) << px;
  }
}

TEST(SelfBlend, TheMaskIsASoftPolygon) {
  const int px = 224;
  test::DegradationJudge judge;
  for (std::uint32_t i = 0; i < 12; ++i) {
    const SelfBlendDraw draw = draw_self_blend(1, px, 5, 1, i);
    Pixels three;
    for (const std::uint8_t part : blend_mask(px, draw)) three.insert(three.end(), 3, part);
    judge.add("mask", drawn_crop(px, i), three, px, text(draw));
  }
  const auto found = judge.run().at("mask");
  EXPECT_LE(found.largest, 3);
  EXPECT_LT(found.worst_mean, 0.1);
}

TEST(SelfBlend, ChangesWhatTheMaskCoversAndNothingElse) {
  const int px = 224;
  for (std::uint32_t slot = 0; slot < 20; ++slot) {
    const Pixels crop = drawn_crop(px, slot);
    SelfBlendDraw draw = draw_self_blend(1, px, 3, 1, slot);
    const Pixels fake = blended(crop, px, draw);
    const std::vector<std::uint8_t> mask = blend_mask(px, draw);
    std::size_t changed = 0, covered = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      const bool differs = !std::equal(&crop[3 * i], &crop[3 * i] + 3, &fake[3 * i]);
      if (mask[i] == 0) {
        ASSERT_FALSE(differs) << slot << ", pixel " << i;
      }
      changed += differs ? 1 : 0;
      covered += mask[i] > 128 ? 1 : 0;
    }
    EXPECT_GT(changed, covered / 2) << slot;
    EXPECT_GT(covered, mask.size() / 20) << slot;  // a mouth at least
    EXPECT_LT(covered, mask.size() * 3 / 4) << slot;
    EXPECT_EQ(mask.front(), 0);
    draw.blends = false;
    EXPECT_EQ(blended(crop, px, draw), crop);
  }
}

TEST(SelfBlend, CropsOfAnySizeComeOut) {
  for (const int px : {1, 2, 3, 8, 17}) {
    EXPECT_EQ(blended(drawn_crop(px, 1), px, draw_self_blend(1, px, 3, 1, 2)).size(),
              static_cast<std::size_t>(px * px * 3));
  }
}

TEST(SelfBlend, TheBytesAreTheSameOnEveryProcessor) {
  const Pixels bytes = blended(drawn_crop(96, 5), 96, draw_self_blend(1, 96, 3, 1, 4));
  EXPECT_EQ(to_hex(digest128(std::as_bytes(std::span(bytes)))), "93cc8ae2c811e7fb30d98152a265a95a");
}

}  // namespace
}  // namespace unmask
