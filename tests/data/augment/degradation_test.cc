#include "data/augment/degradation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "base/digest.h"
#include "tests/data/augment/degradation_judge.h"

namespace unmask {
namespace {

using test::DegradationJudge;
using test::drawn_crop;
using test::Pixels;

constexpr int kPx = 96;

Pixels degraded(Pixels rgb, int px, const DegradationDraw& draw) {
  degrade(rgb, px, draw);
  return rgb;
}

std::string text(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}

TEST(Degradation, EachIsWhatItsDefinitionSays) {
  DegradationJudge judge;
  for (std::uint32_t i = 0; i < 12; ++i) {
    const Pixels crop = drawn_crop(kPx, i);
    DegradationDraw blur, downscale, noise, jpeg;
    blur.blur_sigma = 0.3 + 0.6 * i;  // up to 6.9: its kernel is wider than the mirrored border
    downscale.downscale_px = 1 + static_cast<int>(8 * i);
    noise.noise_sigma = 0.01 + 0.02 * i;
    noise.seed = 77 + (std::uint64_t{i} << 40);
    noise.epoch = i;
    noise.slot = 1000 * i;
    jpeg.jpeg_quality = 100 - 9 * static_cast<int>(i);
    judge.add("blur", crop, degraded(crop, kPx, blur), kPx, text(blur.blur_sigma));
    judge.add("downscale", crop, degraded(crop, kPx, downscale), kPx, std::to_string(downscale.downscale_px));
    judge.add("noise", crop, degraded(crop, kPx, noise), kPx,
              text(noise.noise_sigma) + " " + std::to_string(noise.seed) + " " + std::to_string(noise.epoch) + " " +
                  std::to_string(noise.slot));
    judge.add("jpeg", crop, degraded(crop, kPx, jpeg), kPx, std::to_string(jpeg.jpeg_quality));
  }
  const auto found = judge.run();
  ASSERT_EQ(found.size(), 4u);
  // Where the definition lies on the edge of two levels, ours may be the other.
  for (const char* how : {"blur", "downscale", "noise"}) {
    EXPECT_LE(found.at(how).largest, 1) << how;
    EXPECT_LT(found.at(how).worst_mean, 0.02) << how;
  }
  EXPECT_EQ(found.at("jpeg").largest, 0);  // bit for bit what Pillow's encoder and decoder make
}

TEST(Degradation, QuantilesAreTheNormalDistributions) {
  std::istringstream wanted(test::run_reference("quantiles", "", "degradation_reference.py"));
  const auto ours = normal_quantiles();
  ASSERT_EQ(ours.size(), 65536u);
  double value = 0;
  std::size_t i = 0, exact = 0;
  for (; wanted >> value; ++i) {
    ASSERT_NEAR(ours[i], value, 0.5 + 1e-6) << i;
    exact += ours[i] == std::lround(value) ? 1 : 0;
  }
  EXPECT_EQ(i, 65536u);
  EXPECT_GT(exact, 65530u);
}

TEST(Degradation, NothingDrawnChangesNothing) {
  const Pixels crop = drawn_crop(kPx, 3);
  EXPECT_EQ(degraded(crop, kPx, {}), crop);
  DegradationDraw whole;
  whole.downscale_px = kPx;
  EXPECT_EQ(degraded(crop, kPx, whole), crop);
}

TEST(Degradation, TheyComeInTheOrderBlurScaleNoiseJpeg) {
  DegradationDraw all{.blur_sigma = 1.2, .downscale_px = 40, .noise_sigma = 0.03, .jpeg_quality = 50, .seed = 5};
  Pixels step = drawn_crop(kPx, 4);
  const Pixels wanted = degraded(step, kPx, all);
  for (int i = 0; i < 4; ++i) {
    DegradationDraw one;
    one.seed = 5;
    if (i == 0) one.blur_sigma = all.blur_sigma;
    if (i == 1) one.downscale_px = all.downscale_px;
    if (i == 2) one.noise_sigma = all.noise_sigma;
    if (i == 3) one.jpeg_quality = all.jpeg_quality;
    degrade(step, kPx, one);
  }
  EXPECT_EQ(step, wanted);
}

TEST(Degradation, CropsOfAnySizeComeOut) {
  for (const int px : {1, 2, 3, 7, 8, 17, 33}) {
    const DegradationDraw all{
        .blur_sigma = 4, .downscale_px = std::max(1, px / 3), .noise_sigma = 0.1, .jpeg_quality = 1};
    EXPECT_EQ(degraded(drawn_crop(px, 1), px, all).size(), static_cast<std::size_t>(px * px * 3));
  }
}

// Results depend on these bytes. Numeric tests run as smaller processors do, too.
TEST(Degradation, TheBytesAreTheSameOnEveryProcessor) {
  const DegradationDraw all{
      .blur_sigma = 1.3, .downscale_px = 50, .noise_sigma = 0.04, .jpeg_quality = 60, .seed = 9, .epoch = 2, .slot = 7};
  const Pixels bytes = degraded(drawn_crop(kPx, 5), kPx, all);
  EXPECT_EQ(to_hex(digest128(std::as_bytes(std::span(bytes)))), "34e977a849d1cbe7c92e93c0fa62fb0e");
}

}  // namespace
}  // namespace unmask
