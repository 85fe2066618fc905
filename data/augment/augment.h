// Applies augmentation draws to pixels and normalises with ImageNet's mean and deviation.
#pragma once

#include <cstdint>
#include <span>

#include "data/augment/augment_plan.h"

namespace unmask {

inline constexpr float kImageNetMean[3] = {0.485f, 0.456f, 0.406f};
inline constexpr float kImageNetDeviation[3] = {0.229f, 0.224f, 0.225f};

/// rgb: u8 [px, px, 3]; output: f32 [px, px, 3], normalised. Outside the input is black. Same bits on every dispatch
/// path (generic, AVX2, AVX-512). THREAD: any; keeps a scratch buffer per thread.
void augment(std::span<const std::uint8_t> rgb, int crop_px, const AugmentDraw& draw, std::span<float> output);

/// Normalisation alone: what validation and prediction use.
void normalise(std::span<const std::uint8_t> rgb, int crop_px, std::span<float> output);

}  // namespace unmask
