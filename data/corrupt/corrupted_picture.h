// One picture, corrupted: all but H.264, which is done to clips (corrupted_clip.h). Same bits on every processor.
//
//   corrupt_picture(image, picture_key(frame), {CorruptionKind::kBlur, 2, 2.0});
#pragma once

#include <cstdint>

#include "data/corrupt/corruption.h"
#include "data/frames/image.h"

namespace unmask {

/// In place, of any size, which stays. JPEG at the quality, colours at half the side, and back; resize: averaged to
/// sides divided by the value (rounded, one pixel at least), and back linearly; blur: a Gaussian of so many pixels;
/// noise: Gaussian, its sigma a share of the range; brightness: that share of the range is added; rounded, and cut off
/// at 0 and 255. THROWS Error(kFailed) where the JPEG codec fails. REQUIRES: another kind than H.264.
void corrupt_picture(RgbImage& picture, std::uint64_t key, const Corruption& corruption);

}  // namespace unmask
