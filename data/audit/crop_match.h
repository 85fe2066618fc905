// Are two crops the same picture? Looked at closely, where sketches say that they may be.
//
//   const CropMatch match = match_crops({rgb, 224}, {other_rgb, 112}, /*mirrored=*/false);
//   match.is_copy();  // re-encoded, resized, both
#pragma once

#include <cstdint>
#include <span>

namespace unmask {

struct SquareCrop {
  std::span<const std::uint8_t> rgb;  // [px, px, 3]
  int px = 0;
};

struct CropMatch {
  double similarity = 0;   // correlation of what is finer than a face: edges, hair, wrinkles, background; -1 to 1. In
                           // place, or where the second fits best, up to a fifth larger or smaller
  double worst_block = 0;  // levels: the mean difference of the block that differs most, of 8 × 8 blocks

  /// Copies at JPEG quality 30, at half or (of 224 pixels) a quarter of the side, or mirrored are above 0.978; faces of
  /// different drawn people, all with the same pose and light, are below 0.944 (docs/benchmarks.md).
  static constexpr double kCopySimilarity = 0.965;
  bool is_copy() const { return similarity >= kCopySimilarity; }
  /// Nor has a part of it, as a face, been changed.
  static constexpr double kUnchangedLevels = 5;
  bool is_unchanged_copy() const { return is_copy() && worst_block <= kUnchangedLevels; }
};

/// `mirrored`: the second is compared as a mirror shows it.
CropMatch match_crops(const SquareCrop& first, const SquareCrop& second, bool mirrored);

}  // namespace unmask
