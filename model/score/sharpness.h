// How sharp a crop is: the variance of its Laplacian (Pech-Pacheco et al., ICPR 2000).
//
//   if (sharpness(rgb, 224) < limit) …  // more blurred than what the model knows
#pragma once

#include <cstdint>
#include <span>

namespace unmask {

/// Of the luma (0.299 R + 0.587 G + 0.114 B, 0 to 255), four neighbours less four times the pixel, over all pixels that
/// have four neighbours. rgb: u8 [px, px, 3], px of 3 or more. Compares crops of one size only.
double sharpness(std::span<const std::uint8_t> rgb, int px);

}  // namespace unmask
