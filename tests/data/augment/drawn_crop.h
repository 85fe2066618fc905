// Crops for tests of augmentation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/philox.h"
#include "data/augment/augment.h"

namespace unmask::test {

using Pixels = std::vector<std::uint8_t>;
using Floats = std::vector<float>;

/// Soft colour waves with some fine texture and a hard edge: what a face crop has.
inline Pixels drawn_crop(int px, std::uint32_t number) {
  Draws draws(number, DrawFor::kSynth);
  double wave[3][3];
  for (auto& of_channel : wave) {
    for (double& value : of_channel) value = draws.uniform(1.0, 9.0);
  }
  Pixels rgb;
  for (int y = 0; y < px; ++y) {
    for (int x = 0; x < px; ++x) {
      for (const auto& of_channel : wave) {
        const double u = static_cast<double>(x) / px, v = static_cast<double>(y) / px;
        double value = 128 + 60 * std::sin(of_channel[0] * u + of_channel[1]) * std::cos(of_channel[2] * v);
        value += draws.uniform(-8.0, 8.0) + (x > px / 3 && y > px / 2 ? 40 : 0);
        rgb.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
      }
    }
  }
  return rgb;
}

inline Floats augmented(const Pixels& rgb, int px, const AugmentDraw& draw) {
  Floats output(rgb.size(), -1e9f);
  augment(rgb, px, draw, output);
  return output;
}

}  // namespace unmask::test
