// Makes a self-blended fake of a real crop's bytes. In integers: same bits on every processor.
//
//   const SelfBlendDraw draw = draw_self_blend(0.5, 224, seed, epoch, slot);
//   self_blend(rgb, 224, draw);  // the label is now 1 if draw.blends
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/augment/self_blend_plan.h"

namespace unmask {

/// rgb: u8 [px, px, 3], in place. THREAD: any; keeps scratch buffers per thread.
void self_blend(std::span<std::uint8_t> rgb, int px, const SelfBlendDraw& draw);

/// How much of each pixel the outline covers, softened: u8 [px, px], 255 is all.
std::vector<std::uint8_t> blend_mask(int px, const SelfBlendDraw& draw);

}  // namespace unmask
