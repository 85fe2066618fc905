// The pixels of the probe (probe.h), drawn and augmented on the CPU. No torch here.
#pragma once

#include <cstdint>
#include <vector>

namespace unmask {

inline constexpr std::uint64_t kProbeSeed = 20200301;  // of pixels, augmentation, weights and dropout
inline constexpr int kProbeSamples = 4;

/// f32 [kProbeSamples, px, px, 3], normalised. A function of `crop_px` alone.
std::vector<float> probe_images(int crop_px);

}  // namespace unmask
