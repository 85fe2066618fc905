#include "data/synth/synth_blend.h"

#include <gtest/gtest.h>

#include "tests/data/synth/drawn_plate.h"

namespace unmask::synth {
namespace {

TEST(SynthBlendTest, FakesDifferInsideTheMaskOnly) {
  const cv::Mat plate = drawn_plate(5);
  for (const BlendFamily family : {BlendFamily::kSwap, BlendFamily::kPart}) {
    Draws draws(2, DrawFor::kSynth), tremor(2, DrawFor::kSynth, 1);
    const Blend blend = draw_blend(draws, family);
    const cv::Mat fake = blend_face(plate, blend, tremor);
    cv::Mat changed;
    cv::absdiff(fake, plate, changed);
    EXPECT_GT(cv::mean(changed, blend.mask > 0.5)[0] + cv::mean(changed, blend.mask > 0.5)[1], 3);
    EXPECT_EQ(cv::sum(cv::Mat(cv::mean(changed, blend.mask <= 0)))[0], 0);
    EXPECT_GT(cv::countNonZero(blend.mask <= 0), kPlatePx * kPlatePx / 2);
  }
}

TEST(SynthBlendTest, AFrameDiffersFromTheNextByATremorOnly) {
  const cv::Mat plate = drawn_plate(5);
  Draws draws(2, DrawFor::kSynth), one(2, DrawFor::kSynth, 1), again(2, DrawFor::kSynth, 1), two(2, DrawFor::kSynth, 2);
  const Blend blend = draw_blend(draws, BlendFamily::kSwap);
  const cv::Mat first = blend_face(plate, blend, one), next = blend_face(plate, blend, two);
  EXPECT_EQ(cv::norm(first, blend_face(plate, blend, again), cv::NORM_INF), 0);
  const cv::Rect all(0, 0, kPlatePx, kPlatePx);
  EXPECT_GT(difference(first, next, all), 0);
  EXPECT_LT(difference(first, next, all), difference(first, plate, all) / 2);
}

TEST(SynthBlendTest, TheFamiliesAlterWhatTheySay) {
  for (std::uint32_t number = 0; number < 50; ++number) {
    Draws swap_draws(3, DrawFor::kSynth, number), part_draws(3, DrawFor::kSynth, number);
    const Blend swap = draw_blend(swap_draws, BlendFamily::kSwap), part = draw_blend(part_draws, BlendFamily::kPart);
    EXPECT_GT(cv::sum(swap.mask)[0], cv::sum(part.mask)[0] * 0.8) << "a swap covers the face, a part of it less";
    EXPECT_GT(swap.sharpen, 0);
    EXPECT_EQ(swap.shrink, 1);
    EXPECT_GT(part.shrink, 1);  // a part loses detail, and keeps its colours
    EXPECT_EQ(part.saturation, 1);
    EXPECT_EQ(part.gain, 1);
    double low = 0, high = 0;
    cv::minMaxLoc(swap.mask, &low, &high);
    EXPECT_GE(low, -1e-5);
    EXPECT_LE(high, 1 + 1e-5);  // a blur of ones
  }
}

}  // namespace
}  // namespace unmask::synth
