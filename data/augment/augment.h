// Applies augmentation draws to pixels and normalises them.
//
//   const AugmentDraw draw = draw_augmentation(options, 224, seed, epoch, slot);
//   augment(rgb, 224, draw, output);  // training; normalise(rgb, 224, output) for the rest
#pragma once

#include <cstdint>
#include <span>

#include "data/augment/augment_plan.h"
#include "data/augment/normalisation.h"

namespace unmask {

/// rgb: u8 [px, px, 3]; output: f32 [px, px, 3], normalised. Outside the input is black. Same bits with every
/// instruction set (augment_kernels.h). THROWS as check_crop_sizes(). THREAD: any; keeps a scratch buffer per thread.
void augment(std::span<const std::uint8_t> rgb, int crop_px, const AugmentDraw& draw, std::span<float> output);

}  // namespace unmask
