#include "model/device/crop_kernel.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/philox.h"
#include "data/augment/augment.h"
#include "data/augment/augment_table.h"
#include "tests/data/augment/drawn_crop.h"
#include "tests/model/device/crops_on_host.h"

// The kernel's arithmetic in the host's loop against the host's own way.
namespace unmask {
namespace {

using test::augmented;
using test::drawn_crop;
using test::Floats;
using test::Pixels;

/// The crops' images by the kernel; without draws they are only normalised.
Floats by_kernel(const std::vector<Pixels>& crops, int px, std::span<const AugmentDraw> draws, unsigned threads) {
  Pixels bytes;
  for (const Pixels& rgb : crops) bytes.insert(bytes.end(), rgb.begin(), rgb.end());
  Floats images(bytes.size(), -1e9f);
  AugmentTable table;
  make_augment_table(draws, px, table);
  CropLaunch launch{};
  launch.bytes = bytes.data();
  launch.rows = draws.empty() ? nullptr : reinterpret_cast<const CropRow*>(table.rows.data());
  launch.draws = reinterpret_cast<const CropDraw*>(table.values.data());
  launch.images = images.data();
  const Normalisation normalisation = image_normalisation();
  std::ranges::copy(normalisation.multiply, launch.multiply);
  std::ranges::copy(normalisation.subtract, launch.subtract);
  launch.crops = static_cast<unsigned>(crops.size());
  launch.px = px;
  make_crops_on_host(launch, threads);
  return images;
}

std::vector<Pixels> noise(int px, std::size_t crops) {
  std::vector<Pixels> result(crops, Pixels(static_cast<std::size_t>(px * px * 3)));
  Draws draws(static_cast<std::uint64_t>(px), DrawFor::kSynth);
  for (Pixels& rgb : result) {
    for (std::uint8_t& byte : rgb) byte = static_cast<std::uint8_t>(draws.next_u32() >> 24);
  }
  return result;
}

void expect_the_hosts_bits(int px, const std::vector<AugmentDraw>& draws, unsigned threads = kCropThreads) {
  const std::vector<Pixels> crops = noise(px, draws.size());
  const Floats got = by_kernel(crops, px, draws, threads);
  const auto values = static_cast<std::size_t>(px * px * 3);
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const Floats wanted = augmented(crops[i], px, draws[i]);
    EXPECT_EQ(std::memcmp(got.data() + i * values, wanted.data(), values * sizeof(float)), 0)
        << px << " px, crop " << i << ", " << threads << " threads";
  }
}

TEST(CropKernelTest, HasTheHostsBitsOfEveryDraw) {
  AugmentOptions wild;
  wild.degrees = 180, wild.scale_min = 0.01, wild.scale_max = 100, wild.perspective = 0.6;
  wild.brightness = wild.contrast = wild.saturation = 1, wild.erase = 1, wild.erase_area_max = 1;
  for (const int px : {1, 2, 7, 33, 64, 112, 224}) {
    std::vector<AugmentDraw> draws;
    for (std::uint32_t slot = 0; slot < (px < 224 ? 24u : 6u); ++slot)
      draws.push_back(draw_augmentation(slot % 3 == 0 ? wild : AugmentOptions{}, px, 9, 1, slot));
    expect_the_hosts_bits(px, draws);
    draws.resize(3);
    for (const unsigned threads : {1u, 32u, 100u}) expect_the_hosts_bits(px, draws, threads);
  }
}

TEST(CropKernelTest, HasTheHostsBitsOfEachEffectAloneAndOfBrokenHomographies) {
  AugmentDraw moved, broken, mirrored_up, half, edge;
  moved.to_input = {1, 0, 3.25, 0, 1, -7.5, 0, 0, 1};
  half.to_input = {0.5, 0, -0.25, 0, 0.5, -0.25, 0, 0, 1};
  edge.to_input = {1, 0, -1, 0, 1, 1, 0, 0, 1};  // the border's own pixels, exactly
  mirrored_up.to_input = {-1, 0, 39, 0, -1, 39, 0, 0, 1};
  broken.to_input = {0, 0, 0, 1e30, -1e30, 1e38, 1, -1, 0};  // not a number, infinite, far away
  std::vector<AugmentDraw> draws = {AugmentDraw{}, moved, half, edge, mirrored_up, broken};
  for (const float factor : {0.0f, 0.37f, 2.0f, 1e-20f}) {
    AugmentDraw brightness, contrast, saturation;
    brightness.brightness = contrast.contrast = saturation.saturation = factor;
    draws.insert(draws.end(), {brightness, contrast, saturation});
  }
  for (const EraseBox& box : {EraseBox{0, 0, 40, 40}, EraseBox{39, 0, 1, 40}, EraseBox{3, 7, 11, 2}}) {
    draws.emplace_back();
    draws.back().erase = box;
  }
  expect_the_hosts_bits(40, draws);
}

TEST(CropKernelTest, NormalisesAsTheHostWhereNothingIsAugmented) {
  for (const int px : {1, 16, 33}) {
    const std::vector<Pixels> crops = noise(px, 3);
    const Floats got = by_kernel(crops, px, {}, kCropThreads);
    for (std::size_t i = 0; i < crops.size(); ++i) {
      Floats wanted(crops[i].size());
      normalise(crops[i], px, wanted);
      EXPECT_EQ(std::memcmp(got.data() + i * wanted.size(), wanted.data(), wanted.size() * sizeof(float)), 0) << px;
    }
  }
}

/// Nearest by definition: of all values of 16 bits, which rise with their bits, the one above and the one below.
TEST(CropKernelTest, RoundsToTheNearestOf16BitsTiesToEven) {
  const auto half_value = [](unsigned bits) {  // from its fields
    const int exponent = static_cast<int>(bits >> 10);
    const auto mantissa = static_cast<float>(bits & 0x3ffu);
    return exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25);
  };
  const auto bf16_value = [](unsigned bits) { return std::bit_cast<float>(bits << 16); };
  const auto check = [](const auto& rounded, const auto& value_of, unsigned last) {
    for (unsigned bits = 0; bits < last; ++bits) {
      const float low = value_of(bits), high = value_of(bits + 1);
      const float middle = static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
      const unsigned even = bits % 2 == 0 ? bits : bits + 1;
      for (const float sign : {1.0f, -1.0f}) {
        const unsigned sign_bit = sign < 0 ? 0x8000u : 0;
        ASSERT_EQ(rounded(sign * low), sign_bit | bits) << low;
        ASSERT_EQ(rounded(sign * middle), sign_bit | even) << middle;
        ASSERT_EQ(rounded(sign * std::nextafter(middle, 0.0f)), sign_bit | bits) << middle;
        ASSERT_EQ(rounded(sign * std::nextafter(middle, high)), sign_bit | (bits + 1)) << middle;
      }
    }
  };
  check(crop_kernel::half_bits, half_value, 0x7bff);  // up to 65504
  check(crop_kernel::bf16_bits, bf16_value, 0x7f7f);
  EXPECT_EQ(crop_kernel::half_bits(std::numeric_limits<float>::denorm_min()), 0);
}

}  // namespace
}  // namespace unmask
