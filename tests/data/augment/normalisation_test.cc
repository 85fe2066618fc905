#include "data/augment/normalisation.h"

#include <gtest/gtest.h>
#include <vector>

#include "base/error.h"

namespace unmask {
namespace {

TEST(Normalisation, ValuesAreTheDefinitions) {
  // (byte / 255 - mean) / deviation in double precision, by Python: torchvision's ToTensor and Normalize.
  const std::vector<std::uint8_t> rgb = {0, 0, 0, 255, 255, 255, 124, 116, 104, 1, 2, 3};
  const double wanted[] = {-2.1179039301310043,  -2.0357142857142856,   -1.8044444444444445,
                           2.2489082969432315,   2.428571428571429,     2.6399999999999997,
                           0.005565544995290721, -0.004901960784313827, 0.008191721132897456};
  std::vector<float> output(rgb.size());
  normalise(rgb, 2, output);
  for (std::size_t i = 0; i < std::size(wanted); ++i) EXPECT_NEAR(output[i], wanted[i], 1e-6) << i;
}

TEST(Normalisation, ProductAndDifferenceAreTheSameThing) {
  const Normalisation normalisation = image_normalisation();
  const std::vector<std::uint8_t> rgb = {17, 99, 200};
  std::vector<float> output(3);
  normalise(rgb, 1, output);
  for (std::size_t k = 0; k < 3; ++k) {
    const float product = static_cast<float>(rgb[k]) * normalisation.multiply[k];
    EXPECT_EQ(output[k], product - normalisation.subtract[k]);  // to the bit: devices rely on it
  }
}

TEST(Normalisation, SizesThatDontFitAreErrors) {
  const std::vector<std::uint8_t> rgb(10 * 10 * 3);
  std::vector<float> output(10 * 10 * 3);
  EXPECT_THROW(normalise(rgb, 11, output), Error);
  EXPECT_THROW(normalise(rgb, 10, std::span(output).first(10)), Error);
  EXPECT_THROW(normalise(rgb, -10, output), Error);
  EXPECT_THROW(normalise({}, 0, {}), Error);
}

}  // namespace
}  // namespace unmask
