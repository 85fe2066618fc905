// How a crop looks, in a few numbers that tell nothing of a face: what a detector could learn instead of the fake.
//
//   const CropLook look = look_of_crop(rgb, 224);  // look.sharpness, …
#pragma once

#include <cstdint>
#include <span>

namespace unmask {

/// Levels of 255. Sent between ranks as it stands in memory.
struct CropLook {
  float red = 0, green = 0, blue = 0;  // means
  float brightness = 0, contrast = 0;  // mean and standard deviation of the grey picture
  float sharpness = 0,
        border_sharpness = 0;  // mean difference from the 3 × 3 mean; the border is an eighth on each side
};

/// REQUIRES: rgb.size() == px * px * 3.
CropLook look_of_crop(std::span<const std::uint8_t> rgb, int px);

}  // namespace unmask
