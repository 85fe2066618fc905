// Applies degradation draws to a crop's bytes. Same bits on every processor: filters and noise are integers, and JPEG
// goes through the accurate DCT.
//
//   const DegradationDraw draw = draw_degradation(options, 224, seed, epoch, slot);
//   degrade(rgb, 224, draw);
#pragma once

#include <cstdint>
#include <span>

#include "data/augment/degradation_plan.h"

namespace unmask {

/// rgb: u8 [px, px, 3], in place. THROWS Error(kFailed) where the JPEG codec fails. THREAD: any; keeps scratch buffers
/// per thread.
void degrade(std::span<std::uint8_t> rgb, int px, const DegradationDraw& draw);

/// The standard normal's quantiles at (i + 0.5) / 65536, times 4096, rounded: where noise comes from.
std::span<const std::int16_t> normal_quantiles();

}  // namespace unmask
